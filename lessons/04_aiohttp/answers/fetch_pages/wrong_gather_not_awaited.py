# verdict: failed
# mistakes: lost-task
# gather starts the tasks, but is not awaited: the function returns while they have hardly begun.
import asyncio

import aiohttp


async def fetch_pages(urls):
    pages = [""] * len(urls)

    async def fetch(session, place, url):
        async with session.get(url) as response:
            response.raise_for_status()
            pages[place] = await response.text()

    async with aiohttp.ClientSession() as session:
        asyncio.gather(*(fetch(session, place, url) for place, url in enumerate(urls)))
        await asyncio.sleep(0.05)
    return pages
