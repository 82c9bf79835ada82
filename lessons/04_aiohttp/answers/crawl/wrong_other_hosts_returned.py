# verdict: failed
# mistakes: wrong-result
# Links to other hosts are not followed, but stand in the set.
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
            if url not in seen:
                seen.add(url)
                if urlsplit(url).netloc == host:
                    group.create_task(read(url))

        async def read(url):
            async with slots, session.get(url) as response:
                response.raise_for_status()
                text = await response.text()
            for href in HREF.findall(text):
                follow(urldefrag(urljoin(url, href)).url)

        follow(start_url)
    return seen
