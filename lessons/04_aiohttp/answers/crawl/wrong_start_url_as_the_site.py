# verdict: failed
# mistakes: wrong-result
# Takes all that begins with start_url for the site: right as long as the crawl begins at the site's own first page.
import asyncio
import re
from urllib.parse import urldefrag, urljoin

import aiohttp


async def crawl(start_url, limit):
    seen, slots = {start_url}, asyncio.Semaphore(limit)

    async def read(url):
        async with slots, session.get(url) as response:
            response.raise_for_status()
            text = await response.text()
        for href in re.findall(r'<a href="([^"]*)"', text):
            link = urldefrag(urljoin(url, href)).url
            if link.startswith(start_url) and link not in seen:
                seen.add(link)
                group.create_task(read(link))

    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        group.create_task(read(start_url))
    return seen
