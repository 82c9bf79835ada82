# verdict: failed
# mistakes: fetched-twice
# Asks for every page once to see its status, and once more to have its text.
import asyncio

import aiohttp


async def fetch(session, url):
    async with session.get(url) as check:
        check.raise_for_status()
    async with session.get(url) as response:
        return await response.text()


async def fetch_pages(urls):
    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*(fetch(session, url) for url in urls))
