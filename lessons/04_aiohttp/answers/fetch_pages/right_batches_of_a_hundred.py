# verdict: passed
# A hundred at a time with gather: where every page takes equally long, that costs nothing to speak of.
import asyncio

import aiohttp


async def fetch_pages(urls):
    async with aiohttp.ClientSession(raise_for_status=True) as session:

        async def fetch(url):
            async with session.get(url) as response:
                return await response.text()

        pages = []
        for start in range(0, len(urls), 100):
            pages += await asyncio.gather(*map(fetch, urls[start : start + 100]))
    return pages
