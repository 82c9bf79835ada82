# verdict: failed
# mistakes: unbounded-concurrency
# `limit` is ignored; only the session's default of a hundred holds it back.
import asyncio
import re
from urllib.parse import urldefrag, urljoin, urlsplit

import aiohttp

HREF = re.compile(r'<a href="([^"]*)"')


async def crawl(start_url, limit):
    host = urlsplit(start_url).netloc
    seen = set()
    slots = asyncio.Semaphore(limit)

    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:

        def follow(url):
            if url not in seen and urlsplit(url).netloc == host:
                seen.add(url)
                group.create_task(read(url))

        async def read(url):
            async with session.get(url) as response:
                response.raise_for_status()
                text = await response.text()
            for href in HREF.findall(text):
                follow(urldefrag(urljoin(url, href)).url)

        follow(start_url)
    return seen
