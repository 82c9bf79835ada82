# verdict: passed
# A frontier and a set of running tasks, refilled by asyncio.wait; one coroutine decides everything.
import asyncio
import collections
import re
from urllib.parse import urldefrag, urljoin, urlsplit

import aiohttp


async def read(session, url):
    async with session.get(url) as response:
        response.raise_for_status()
        return url, await response.text()


async def crawl(start_url, limit):
    frontier, running, known = collections.deque([start_url]), set(), {start_url}
    async with aiohttp.ClientSession() as session:
        try:
            while frontier or running:
                while frontier and len(running) < limit:
                    running.add(asyncio.create_task(read(session, frontier.popleft())))
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    page, text = task.result()
                    for href in re.findall(r"<a [^>]*href=[\"']([^\"']+)", text):
                        url, _ = urldefrag(urljoin(page, href))
                        if urlsplit(url)[:2] == urlsplit(start_url)[:2] and url not in known:
                            known.add(url)
                            frontier.append(url)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
    return known
