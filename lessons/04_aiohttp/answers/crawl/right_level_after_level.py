# verdict: passed
# comes near: too-little-concurrency, chunked-gather
# Level by level, so places stand empty at each level's end, but a level is never cut up: wide ones fill the limit.
import asyncio
import html
import re
from urllib.parse import urldefrag, urljoin, urlsplit

import aiohttp

HREF = re.compile(r"""<a\s[^>]*?href\s*=\s*["']([^"']*)["']""", re.IGNORECASE)


async def neighbours(session: aiohttp.ClientSession, slots: asyncio.Semaphore, url: str) -> set[str]:
    async with slots, session.get(url) as response:
        text = await response.text()
    found = {urldefrag(urljoin(url, html.unescape(href))).url for href in HREF.findall(text)}
    return {link for link in found if urlsplit(link).netloc == urlsplit(url).netloc}


async def crawl(start_url: str, limit: int) -> set[str]:
    slots = asyncio.Semaphore(limit)
    reached: set[str] = set()
    level = {start_url}
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        while level:
            reached |= level
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(neighbours(session, slots, url)) for url in level]
            level = set().union(*(task.result() for task in tasks)) - reached
    return reached
