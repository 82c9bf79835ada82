# verdict: failed
# mistakes: fetched-twice
# Between looking into the set and adding to it stands an await, and others get in between.
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

        async def follow(url):
            if url not in seen and urlsplit(url).netloc == host:
                await asyncio.sleep(0.01)  # be polite
                seen.add(url)
                group.create_task(read(url))

        async def read(url):
            async with slots, session.get(url) as response:
                response.raise_for_status()
                text = await response.text()
            await asyncio.gather(*(follow(urldefrag(urljoin(url, href)).url) for href in HREF.findall(text)))

        await follow(start_url)
    return seen
