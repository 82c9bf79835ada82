# verdict: passed
# comes near: fetched-twice
# A page can stand in the queue many times, as it is marked only when taken out; look and mark have no await between.
import asyncio
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import aiohttp


class Links(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href")
        if tag == "a" and href is not None:
            self.found.append(urldefrag(urljoin(self.base, href)).url)


async def links(session: aiohttp.ClientSession, url: str) -> list[str]:
    async with session.get(url) as response:
        response.raise_for_status()
        text = await response.text()
    parser = Links(url)
    parser.feed(text)
    parser.close()
    return parser.found


async def crawl(start_url: str, limit: int) -> set[str]:
    host = urlsplit(start_url).netloc
    taken: set[str] = set()
    queue: asyncio.Queue[str] = asyncio.Queue()
    queue.put_nowait(start_url)

    async def worker() -> None:
        while True:
            url = await queue.get()
            if url not in taken:
                taken.add(url)
                for link in await links(session, url):
                    if link not in taken and urlsplit(link).netloc == host:
                        queue.put_nowait(link)
            queue.task_done()

    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        workers = [group.create_task(worker()) for _ in range(limit)]
        await queue.join()
        for each in workers:
            each.cancel()
    return taken
