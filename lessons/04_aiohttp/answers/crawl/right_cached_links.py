# verdict: passed
# comes near: learnt-by-heart
# A cache at module level outlives the call, but it keys on the page's text as fetched: only parsing is remembered.
import asyncio
import functools
import html
import re
from urllib.parse import urldefrag, urljoin, urlsplit

import aiohttp

HREF = re.compile(r"""<a\s[^>]*?href\s*=\s*["']([^"']*)["']""", re.IGNORECASE)


@functools.lru_cache(maxsize=512)
def links(page_url: str, text: str) -> frozenset[str]:
    return frozenset(urldefrag(urljoin(page_url, html.unescape(href))).url for href in HREF.findall(text))


@functools.lru_cache(maxsize=4096)
def host_of(url: str) -> str:
    return urlsplit(url).netloc


async def crawl(start_url: str, limit: int) -> set[str]:
    known = {start_url}
    slots = asyncio.Semaphore(limit)

    async with aiohttp.ClientSession(raise_for_status=True) as session, asyncio.TaskGroup() as group:

        async def visit(url: str) -> None:
            async with slots, session.get(url) as response:
                text = await response.text()
            new = {link for link in links(url, text) if host_of(link) == host_of(start_url)} - known
            known.update(new)
            for link in new:
                group.create_task(visit(link))

        group.create_task(visit(start_url))
    return known
