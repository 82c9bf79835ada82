# verdict: passed
# comes near: limit-per-call
# The visiting function makes a semaphore when it gets none, which is so for the start page only: the rest inherit it.
import asyncio
import html
import re
from urllib.parse import urldefrag, urljoin, urlsplit

import aiohttp

HREF = re.compile(r"""<a\s[^>]*?href\s*=\s*["']([^"']*)["']""", re.IGNORECASE)


async def visit(
    url: str,
    session: aiohttp.ClientSession,
    group: asyncio.TaskGroup,
    seen: set[str],
    limit: int,
    slots: asyncio.Semaphore | None = None,
) -> None:
    """Read a page and start a visit, with the same slots, to every page it leads to that nobody has taken on."""
    if slots is None:
        slots = asyncio.Semaphore(limit)
    async with slots, session.get(url) as response:
        response.raise_for_status()
        text = await response.text()
    for href in HREF.findall(text):
        link = urldefrag(urljoin(url, html.unescape(href))).url
        if link not in seen and urlsplit(link).netloc == urlsplit(url).netloc:
            seen.add(link)
            group.create_task(visit(link, session, group, seen, limit, slots))


async def crawl(start_url: str, limit: int) -> set[str]:
    seen = {start_url}
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        await visit(start_url, session, group, seen, limit)
    return seen
