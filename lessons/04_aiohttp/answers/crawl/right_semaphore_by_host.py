# verdict: passed
# comes near: limit-per-call, unbounded-concurrency
# Semaphores come out of a defaultdict as pages ask for them, but by host, and all pages of a crawl are on one host.
import asyncio
import html
import re
from collections import defaultdict
from urllib.parse import urldefrag, urljoin, urlsplit

import aiohttp

HREF = re.compile(r"""<a\s[^>]*?href\s*=\s*["']([^"']*)["']""", re.IGNORECASE)


class Crawler:
    def __init__(self, session: aiohttp.ClientSession, group: asyncio.TaskGroup, limit: int) -> None:
        self.session = session
        self.group = group
        self.slots = defaultdict(lambda: asyncio.Semaphore(limit))
        self.seen: set[str] = set()

    def take_on(self, url: str) -> None:
        if url not in self.seen:
            self.seen.add(url)
            self.group.create_task(self.read(url))

    async def read(self, url: str) -> None:
        host = urlsplit(url).netloc
        async with self.slots[host], self.session.get(url) as response:
            text = await response.text()
        for href in HREF.findall(text):
            link = urldefrag(urljoin(url, html.unescape(href))).url
            if urlsplit(link).netloc == host:
                self.take_on(link)


async def crawl(start_url: str, limit: int) -> set[str]:
    connector = aiohttp.TCPConnector(limit=0)  # the slots are the limit
    async with aiohttp.ClientSession(connector=connector, raise_for_status=True) as session:
        async with asyncio.TaskGroup() as group:
            crawler = Crawler(session, group, limit)
            crawler.take_on(start_url)
    return crawler.seen
