# verdict: timed_out
# mistakes: deadlock
# Both functions take a slot of the same semaphore: when all slots are held, nobody gets a second.
import asyncio

import aiohttp

slots = asyncio.Semaphore(100)


async def get(session, url):
    async with slots:
        async with session.get(url) as response:
            response.raise_for_status()
            return await response.text()


async def fetch(session, url):
    async with slots:
        return await get(session, url)


async def fetch_pages(urls):
    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*(fetch(session, url) for url in urls))
