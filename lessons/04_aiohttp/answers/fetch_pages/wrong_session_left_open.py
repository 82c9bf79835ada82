# verdict: failed
# mistakes: session-not-closed
# The session is never closed.
import asyncio

import aiohttp


async def fetch(session, url):
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.text()


async def fetch_pages(urls):
    session = aiohttp.ClientSession()
    return await asyncio.gather(*(fetch(session, url) for url in urls))
