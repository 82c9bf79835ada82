# verdict: passed
# Each page gathers the pages it links to; the connector is the limit, nothing else.
import asyncio
import re
from urllib.parse import urldefrag, urljoin, urlsplit

import aiohttp


async def crawl(start_url, limit):
    seen = set()

    async def visit(url):
        seen.add(url)
        async with session.get(url) as response:
            response.raise_for_status()
            text = await response.text()
        base = urlsplit(start_url)
        new = {urldefrag(urljoin(url, href)).url for href in re.findall('<a href="([^"]*)"', text)}
        new = {link for link in new if urlsplit(link).netloc == base.netloc} - seen
        seen.update(new)
        await asyncio.gather(*map(visit, new))

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=limit)) as session:
        await visit(start_url)
    return seen
