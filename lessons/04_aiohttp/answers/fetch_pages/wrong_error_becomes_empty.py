# verdict: failed
# mistakes: swallowed-exception
# Whatever goes wrong becomes an empty page, and nobody is told.
import asyncio

import aiohttp


async def fetch(session, url):
    try:
        async with session.get(url) as response:
            response.raise_for_status()
            return await response.text()
    except Exception:
        return ""


async def fetch_pages(urls):
    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*(fetch(session, url) for url in urls))
