# verdict: failed
# mistakes: wrong-result
# Decodes as Latin-1: pages with letters beyond ASCII come out garbled.
import asyncio

import aiohttp


async def fetch(session, url):
    async with session.get(url) as response:
        response.raise_for_status()
        return (await response.read()).decode("latin-1")


async def fetch_pages(urls):
    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*(fetch(session, url) for url in urls))
