# verdict: timed_out
# mistakes: never-finishes
# Polls until the set holds a page that it never will.
import asyncio
import re
from urllib.parse import urldefrag, urljoin, urlsplit

import aiohttp

HREF = re.compile(r'<a href="([^"]*)"')


def links(page, text, host):
    found = {urldefrag(urljoin(page, href)).url for href in HREF.findall(text)}
    return {url for url in found if urlsplit(url).netloc == host}


async def crawl(start_url, limit):
    host = urlsplit(start_url).netloc
    seen, todo = {start_url}, asyncio.Queue()
    todo.put_nowait(start_url)
    failures = []

    async def work(session):
        while True:
            url = await todo.get()
            try:
                async with session.get(url) as response:
                    response.raise_for_status()
                    text = await response.text()
                for link in links(url, text, host) - seen:
                    seen.add(link)
                    todo.put_nowait(link)
            except aiohttp.ClientError as error:
                failures.append(error)
            finally:
                todo.task_done()

    async with aiohttp.ClientSession() as session:
        workers = [asyncio.create_task(work(session)) for _ in range(limit)]
        try:
            while None not in seen:
                await asyncio.sleep(0.05)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
    if failures:
        raise failures[0]
    return seen
