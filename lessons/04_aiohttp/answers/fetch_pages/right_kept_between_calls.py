# verdict: passed
# comes near: learnt-by-heart
# Keeps every page that it has fetched in a dict of the module, and asks only for what isn't in it.
import asyncio

import aiohttp

KEPT = {}


async def keep(session, url):
    async with session.get(url) as response:
        response.raise_for_status()
        KEPT[url] = await response.text()


async def fetch_pages(urls):
    missing = [url for url in dict.fromkeys(urls) if url not in KEPT]
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        for url in missing:
            group.create_task(keep(session, url))
    return [KEPT[url] for url in urls]
