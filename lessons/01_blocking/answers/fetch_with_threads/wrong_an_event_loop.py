# verdict: failed
# mistakes: tool-not-allowed
# asyncio and aiohttp do the waiting: the way of the later lessons, and not what this task is about.
import asyncio

import aiohttp


async def fetch_all(urls, workers):
    connector = aiohttp.TCPConnector(limit=workers)
    async with aiohttp.ClientSession(connector=connector, raise_for_status=True) as session:

        async def fetch(url):
            async with session.get(url) as response:
                return await response.read()

        return await asyncio.gather(*map(fetch, urls))


def fetch_with_threads(urls, workers):
    return asyncio.run(fetch_all(urls, workers))
