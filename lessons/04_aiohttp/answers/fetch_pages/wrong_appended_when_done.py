# verdict: failed
# mistakes: results-out-of-order
# Every task appends its page to one list when it is done; with equal latencies that nearly looks right.
import asyncio

import aiohttp


async def fetch_pages(urls):
    pages = []

    async def fetch(session, url):
        async with session.get(url) as response:
            response.raise_for_status()
            pages.append(await response.text())

    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        for url in urls:
            group.create_task(fetch(session, url))
    return pages
