# verdict: passed
# comes near: limit-per-call
# A semaphore made in each call limits nothing, but there is one connection a place, and that does.
import asyncio
import re
from urllib.parse import urldefrag, urljoin, urlsplit

import aiohttp


async def crawl(start_url, limit):
    known = {start_url}

    async def read(url):
        async with asyncio.Semaphore(limit), session.get(url) as response:
            text = await response.text()
        for href in re.findall(r'<a href="([^"]*)"', text):
            link = urldefrag(urljoin(url, href)).url
            if link not in known and urlsplit(link).netloc == urlsplit(start_url).netloc:
                known.add(link)
                group.create_task(read(link))

    connector = aiohttp.TCPConnector(limit=limit)
    async with aiohttp.ClientSession(connector=connector, raise_for_status=True) as session:
        async with asyncio.TaskGroup() as group:
            group.create_task(read(start_url))
    return known
