# verdict: timed_out
# mistakes: deadlock
# A page waits for its links' pages while it holds its slot: soon all slots are held by waiting pages.
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
    seen = {start_url}
    slots = asyncio.Semaphore(limit)

    async def visit(session, url):
        async with slots:
            async with session.get(url) as response:
                response.raise_for_status()
                new = links(url, await response.text(), host) - seen
            seen.update(new)
            await asyncio.gather(*(visit(session, link) for link in new))

    async with aiohttp.ClientSession() as session:
        await visit(session, start_url)
    return seen
