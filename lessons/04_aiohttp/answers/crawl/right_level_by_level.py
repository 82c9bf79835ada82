# verdict: passed
# Level by level: all pages of one level together, at most `limit` at once, then the next level.
import asyncio
import re
from urllib.parse import urldefrag, urljoin, urlparse

import aiohttp


async def crawl(start_url, limit):
    slots = asyncio.Semaphore(limit)

    async def links(session, url):
        async with slots, session.get(url, raise_for_status=True) as response:
            text = await response.text()
        return {urldefrag(urljoin(url, href))[0] for href in re.findall(r'<a\s+href="(.*?)"', text)}

    seen, level = set(), {start_url}
    async with aiohttp.ClientSession() as session:
        while level:
            seen |= level
            found = set().union(*await asyncio.gather(*(links(session, url) for url in level)))
            level = {url for url in found - seen if urlparse(url).netloc == urlparse(start_url).netloc}
    return seen
