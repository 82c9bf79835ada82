# verdict: passed
# Workers count what is outstanding and set an event at the end; the queue is ended with one mark a worker.
import asyncio
import re
import urllib.parse

import aiohttp

ANCHOR = re.compile(rb"<a\b[^>]*\bhref=[\"']?([^\"' >]+)", re.I)


async def crawl(start_url, limit):
    seen, outstanding, queue, over = set(), 0, asyncio.Queue(), asyncio.Event()
    site = urllib.parse.urlsplit(start_url).netloc

    def offer(url):
        nonlocal outstanding
        if url not in seen and urllib.parse.urlsplit(url).netloc == site:
            seen.add(url)
            outstanding += 1
            queue.put_nowait(url)

    async def worker(session):
        nonlocal outstanding
        while (url := await queue.get()) is not None:
            async with session.get(url) as response:
                response.raise_for_status()
                body = await response.read()
            for href in ANCHOR.findall(body):
                offer(urllib.parse.urljoin(url, href.decode()).partition("#")[0])
            outstanding -= 1
            if not outstanding:
                over.set()

    async def closer():
        await over.wait()
        for _ in range(limit):
            queue.put_nowait(None)

    offer(start_url)
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        group.create_task(closer())
        for _ in range(limit):
            group.create_task(worker(session))
    return seen
