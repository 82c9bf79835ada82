# verdict: failed
# mistakes: fetched-twice
# Between looking into the set and adding to it stands an await, a polite pause, and others get in between.
import asyncio
import random
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
                group.create_task(read(url))

        async def read(url):
            if url in seen:
                return
            await asyncio.sleep(random.uniform(0, 0.3))  # not all at the same moment
            seen.add(url)
            async with slots, session.get(url) as response:
                response.raise_for_status()
                text = await response.text()
            for href in HREF.findall(text):
                follow(urldefrag(urljoin(url, href)).url)

        follow(start_url)
    return seen
