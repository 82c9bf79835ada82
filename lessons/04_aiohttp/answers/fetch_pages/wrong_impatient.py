# verdict: crashed
# A total timeout of a tenth of a second also counts the wait for a connection: most requests never get one.
import asyncio

import aiohttp


async def fetch(session, url):
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.text()


async def fetch_pages(urls):
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.1)) as session:
        return await asyncio.gather(*(fetch(session, url) for url in urls))
