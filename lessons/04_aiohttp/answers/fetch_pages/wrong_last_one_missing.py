# verdict: failed
# mistakes: wrong-result
# An off-by-one: the last page is never asked for.
import asyncio

import aiohttp


async def fetch(session, url):
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.text()


async def fetch_pages(urls):
    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*(fetch(session, urls[i]) for i in range(len(urls) - 1)))
