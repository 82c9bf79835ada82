# verdict: passed
# comes near: fetched-twice
# Every link goes into the queue, also those that are in it already; whoever takes one out looks whether it is new.
import asyncio
import re
from urllib.parse import urldefrag, urljoin, urlsplit

import aiohttp


async def crawl(start_url, limit):
    taken, found = set(), asyncio.Queue()
    await found.put(start_url)

    async def work(session):
        while True:
            url = await found.get()
            if url not in taken:
                taken.add(url)
                async with session.get(url) as response:
                    response.raise_for_status()
                    text = await response.text()
                for href in re.findall(r'<a href="([^"]*)"', text):
                    link = urldefrag(urljoin(url, href)).url
                    if urlsplit(link).netloc == urlsplit(start_url).netloc:
                        await found.put(link)
            found.task_done()

    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        workers = [group.create_task(work(session)) for _ in range(limit)]
        await found.join()
        for worker in workers:
            worker.cancel()
    return taken
