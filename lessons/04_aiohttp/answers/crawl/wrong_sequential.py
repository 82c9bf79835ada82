# verdict: failed
# mistakes: sequential-awaits
# One page after the other, from a list of what is still to do.
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
    seen, todo = {start_url}, [start_url]
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        while todo:
            url = todo.pop()
            async with session.get(url) as response:
                new = links(url, await response.text(), host) - seen
            seen |= new
            todo += new
    return seen
