# verdict: failed
# mistakes: chunked-gather
# Level by level, and within a level `limit` at a time: each chunk waits for its slowest page.
import asyncio
import re
from urllib.parse import urldefrag, urljoin, urlsplit

import aiohttp

HREF = re.compile(r'<a href="([^"]*)"')


def links(page, text, host):
    found = {urldefrag(urljoin(page, href)).url for href in HREF.findall(text)}
    return {url for url in found if urlsplit(url).netloc == host}


async def crawl(start_url, limit):
    host = urlsplit(start_url).netloc
    seen, level = {start_url}, [start_url]

    async def read(session, url):
        async with session.get(url) as response:
            response.raise_for_status()
            return links(url, await response.text(), host)

    async with aiohttp.ClientSession() as session:
        while level:
            found = set()
            for start in range(0, len(level), limit):
                found = found.union(*await asyncio.gather(*(read(session, url) for url in level[start : start + limit])))
            level = list(found - seen)
            seen |= found
    return seen
