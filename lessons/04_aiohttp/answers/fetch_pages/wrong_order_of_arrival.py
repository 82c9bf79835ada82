# verdict: failed
# mistakes: results-out-of-order
# The pages come in the order in which they arrive.
import asyncio

import aiohttp


async def fetch(session, url):
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.text()


async def fetch_pages(urls):
    async with aiohttp.ClientSession() as session:
        return [await page for page in asyncio.as_completed([fetch(session, url) for url in urls])]
