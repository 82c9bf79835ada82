# verdict: passed
# A plain def; the set of seen pages is guarded by a lock that nobody would need, and frees no time.
import asyncio
import re
from urllib.parse import urldefrag, urljoin, urlsplit

import aiohttp


def crawl(start_url, limit):
    return Crawl(start_url, limit).all()


class Crawl:
    def __init__(self, start_url, limit):
        self.start_url, self.limit = start_url, limit
        self.seen, self.lock, self.tasks = set(), asyncio.Lock(), set()

    async def all(self):
        self.slots = asyncio.Semaphore(self.limit)
        async with aiohttp.ClientSession() as self.session:
            try:
                await self.add(self.start_url)
                while self.tasks:
                    done, _ = await asyncio.wait(self.tasks, return_when=asyncio.FIRST_COMPLETED)
                    self.tasks -= done
                    for task in done:
                        task.result()
            finally:
                for task in self.tasks:
                    task.cancel()
                await asyncio.gather(*self.tasks, return_exceptions=True)
        return self.seen

    async def add(self, url):
        if urlsplit(url).netloc != urlsplit(self.start_url).netloc:
            return
        async with self.lock:
            if url not in self.seen:
                self.seen.add(url)
                self.tasks.add(asyncio.create_task(self.visit(url)))

    async def visit(self, url):
        async with self.slots:
            async with self.session.get(url) as response:
                response.raise_for_status()
                text = await response.text()
        for link in re.findall(r'href="([^"]+)"', text):
            await self.add(urldefrag(urljoin(url, link)).url)
