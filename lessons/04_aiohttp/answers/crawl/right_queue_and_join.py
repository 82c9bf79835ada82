# verdict: passed
# `limit` workers on a queue; join() knows when all is done, then the workers are cancelled.
import asyncio
import re
from urllib.parse import urldefrag, urljoin, urlsplit

import aiohttp

LINK = re.compile(r'<a href="([^"]+)"')


async def crawl(start_url: str, limit: int) -> set[str]:
    host = urlsplit(start_url).hostname
    seen = {start_url}
    todo: asyncio.Queue[str] = asyncio.Queue()
    todo.put_nowait(start_url)

    async def work(session: aiohttp.ClientSession) -> None:
        while True:
            url = await todo.get()
            async with session.get(url) as response:
                response.raise_for_status()
                text = await response.text()
            for link in LINK.findall(text):
                found = urldefrag(urljoin(url, link)).url
                if found not in seen and urlsplit(found).hostname == host:
                    seen.add(found)
                    todo.put_nowait(found)
            todo.task_done()

    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        workers = [group.create_task(work(session)) for _ in range(limit)]
        await todo.join()
        for worker in workers:
            worker.cancel()
    return seen
