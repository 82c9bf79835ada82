# verdict: failed
# mistakes: swallowed-cancel
# A cancel from outside is caught, and what there is so far is returned as if it were all.
import asyncio

import aiohttp


async def fetch_pages(urls):
    pages = {}

    async def fetch(session, url):
        async with session.get(url) as response:
            response.raise_for_status()
            pages[url] = await response.text()

    async with aiohttp.ClientSession() as session:
        try:
            async with asyncio.TaskGroup() as group:
                for url in urls:
                    group.create_task(fetch(session, url))
        except asyncio.CancelledError:
            print("stopped early")
    return [pages.get(url, "") for url in urls]
