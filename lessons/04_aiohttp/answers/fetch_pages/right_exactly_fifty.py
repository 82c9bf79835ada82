# verdict: passed
# comes near: too-little-concurrency
# Fifty at once: exactly as many as are asked for at least.
import asyncio

import aiohttp


async def fetch(session, url):
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.text()


async def fetch_pages(urls):
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=50)) as session:
        return list(await asyncio.gather(*(fetch(session, url) for url in urls)))
