# verdict: failed
# mistakes: session-per-request
# A session for each page: no connection is ever used again. A semaphore keeps it to a hundred at once.
import asyncio

import aiohttp


async def fetch_pages(urls):
    slots = asyncio.Semaphore(100)

    async def fetch(url):
        async with slots:
            async with aiohttp.ClientSession() as session:
                async with session.get(url) as response:
                    response.raise_for_status()
                    return await response.text()

    return await asyncio.gather(*(fetch(url) for url in urls))
