# verdict: failed
# mistakes: sequential-awaits
# Workers leave when the queue is empty: while the first page is on its way, all but one are gone.
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
    seen, todo = {start_url}, asyncio.Queue()
    todo.put_nowait(start_url)

    async def work(session):
        while not todo.empty():
            url = todo.get_nowait()
            async with session.get(url) as response:
                response.raise_for_status()
                text = await response.text()
            for link in links(url, text, host) - seen:
                seen.add(link)
                todo.put_nowait(link)

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(work(session) for _ in range(limit)))
    return seen
