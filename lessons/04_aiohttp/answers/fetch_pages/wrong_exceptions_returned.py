# verdict: failed
# mistakes: swallowed-exception
# gather(return_exceptions=True), and the exceptions stay in the list as if they were pages.
import asyncio

import aiohttp


async def fetch(session, url):
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.text()


async def fetch_pages(urls):
    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*(fetch(session, url) for url in urls), return_exceptions=True)
