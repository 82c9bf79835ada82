# verdict: passed
# comes near: swallowed-exception, leaked-tasks
# Workers catch every Exception and loop for ever, but the first is raised at the end; all are cancelled and awaited.
import asyncio
import html
import re
from urllib.parse import urldefrag, urljoin, urlsplit

import aiohttp

HREF = re.compile(r"""<a\s[^>]*?href\s*=\s*["']([^"']*)["']""", re.IGNORECASE)


async def crawl(start_url: str, limit: int) -> set[str]:
    host = urlsplit(start_url).netloc
    seen = {start_url}
    failures: list[Exception] = []
    queue: asyncio.Queue[str] = asyncio.Queue()
    queue.put_nowait(start_url)

    async def read(url: str) -> None:
        async with session.get(url) as response:
            response.raise_for_status()
            text = await response.text()
        for href in HREF.findall(text):
            link = urldefrag(urljoin(url, html.unescape(href))).url
            if link not in seen and urlsplit(link).netloc == host:
                seen.add(link)
                queue.put_nowait(link)

    async def worker() -> None:
        while True:
            url = await queue.get()
            try:
                if not failures:  # after the first failure the rest is only taken out of the queue
                    await read(url)
            except Exception as error:
                failures.append(error)
            finally:
                queue.task_done()

    async with aiohttp.ClientSession() as session:
        workers = [asyncio.create_task(worker()) for _ in range(limit)]
        try:
            await queue.join()
        finally:
            for each in workers:
                each.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
    if failures:
        raise failures[0]
    return seen
