# verdict: failed
# mistakes: fetched-twice
# The set is looked into when a link is met, and added to when the task for it begins: a turn of the loop later.
import asyncio
import re
from urllib.parse import urldefrag, urljoin, urlsplit

import aiohttp


async def crawl(start_url, limit):
    host = urlsplit(start_url).netloc
    slots, seen = asyncio.Semaphore(limit), set()

    async def read(url):
        seen.add(url)
        async with slots, session.get(url) as response:
            response.raise_for_status()
            text = await response.text()
        for href in re.findall(r'<a href="([^"]*)"', text):
            link = urldefrag(urljoin(url, href)).url
            if link not in seen and urlsplit(link).netloc == host:
                group.create_task(read(link))

    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        group.create_task(read(start_url))
    return seen
