# verdict: failed
# mistakes: sequential-awaits
# Makes tasks, but awaits each as soon as it is made: still one after the other.
import asyncio

import aiohttp


async def fetch(session, url):
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.text()


async def fetch_pages(urls):
    async with aiohttp.ClientSession() as session:
        return [await asyncio.create_task(fetch(session, url)) for url in urls]
