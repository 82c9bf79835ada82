# verdict: failed
# mistakes: blocks-the-loop
# A polite pause before each request, made with time.sleep: it stops everybody's requests.
import asyncio
import time

import aiohttp


async def fetch(session, url):
    time.sleep(0.005)
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.text()


async def fetch_pages(urls):
    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*(fetch(session, url) for url in urls))
