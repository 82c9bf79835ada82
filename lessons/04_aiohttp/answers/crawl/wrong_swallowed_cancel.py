# verdict: failed
# mistakes: swallowed-cancel
# A cancel is caught, and what was found so far is returned as if it were all.
import asyncio
import re
from urllib.parse import urldefrag, urljoin, urlsplit

import aiohttp

HREF = re.compile(r'<a href="([^"]*)"')


async def crawl(start_url, limit):
    host = urlsplit(start_url).netloc
    seen = set()
    slots = asyncio.Semaphore(limit)

    async def whole_site():
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:

            def follow(url):
                if url not in seen and urlsplit(url).netloc == host:
                    seen.add(url)
                    group.create_task(read(url))

            async def read(url):
                async with slots, session.get(url) as response:
                    response.raise_for_status()
                    text = await response.text()
                for href in HREF.findall(text):
                    follow(urldefrag(urljoin(url, href)).url)

            follow(start_url)

    try:
        await whole_site()
    except asyncio.CancelledError:
        print("cancelled after", len(seen), "pages")
    return seen
