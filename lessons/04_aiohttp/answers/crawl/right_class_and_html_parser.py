# verdict: passed
# A class, the standard library's HTML parser and yarl; pages are counted aloud.
from __future__ import annotations

import asyncio
from html.parser import HTMLParser

import aiohttp
from yarl import URL


class Links(HTMLParser):
    def __init__(self, base: URL) -> None:
        super().__init__()
        self.base = base
        self.found: list[URL] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a" and (href := dict(attrs).get("href")):
            self.found.append(self.base.join(URL(href)).with_fragment(None))


class Crawler:
    def __init__(self, start: URL, limit: int) -> None:
        self.start = start
        self.slots = asyncio.BoundedSemaphore(limit)
        self.seen: set[URL] = set()

    async def run(self) -> set[str]:
        async with aiohttp.ClientSession() as self.session:
            async with asyncio.TaskGroup() as self.group:
                self.enqueue(self.start)
        return {str(url) for url in self.seen}

    def enqueue(self, url: URL) -> None:
        if url.host == self.start.host and url not in self.seen:
            self.seen.add(url)
            self.group.create_task(self.visit(url))

    async def visit(self, url: URL) -> None:
        async with self.slots:
            async with self.session.get(url) as response:
                response.raise_for_status()
                text = await response.text()
        parser = Links(url)
        parser.feed(text)
        for link in parser.found:
            self.enqueue(link)
        if len(self.seen) % 50 == 0:
            print(len(self.seen), "pages known")


async def crawl(start_url: str, limit: int) -> set[str]:
    return await Crawler(URL(start_url), limit).run()
