# verdict: passed
# gather over a nested coroutine function: as short as it gets.
import asyncio
import aiohttp


async def fetch_pages(urls):
    async with aiohttp.ClientSession(raise_for_status=True) as s:
        async def get(u):
            async with s.get(u) as r:
                return await r.text()
        return await asyncio.gather(*map(get, urls))
