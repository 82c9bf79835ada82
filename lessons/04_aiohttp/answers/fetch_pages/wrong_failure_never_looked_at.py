# verdict: failed
# mistakes: lost-exception
# Waits for all tasks and never asks how they ended: a failed page is left out of the list.
import asyncio

import aiohttp


async def fetch_pages(urls):
    pages = {}

    async def fetch(session, url):
        async with session.get(url) as response:
            response.raise_for_status()
            pages[url] = await response.text()

    async with aiohttp.ClientSession() as session:
        tasks = [asyncio.create_task(fetch(session, url)) for url in urls]
        try:
            await asyncio.wait(tasks)
        except asyncio.CancelledError:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            raise
    return [pages[url] for url in urls if url in pages]
