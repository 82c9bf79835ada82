# verdict: failed
# mistakes: wrong-result
# Stops two links away from the start page, where the links of cities to cities begin.
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

        def follow(url, depth):
            if depth < 2 and url not in seen and urlsplit(url).netloc == host:
                seen.add(url)
                group.create_task(read(url, depth))

        async def read(url, depth):
            async with slots, session.get(url) as response:
                response.raise_for_status()
                text = await response.text()
            for href in HREF.findall(text):
                follow(urldefrag(urljoin(url, href)).url, depth + 1)

        follow(start_url, 0)
    return seen
