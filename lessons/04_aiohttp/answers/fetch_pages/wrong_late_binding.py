# verdict: failed
# mistakes: fetched-twice, wrong-result
# The nested function looks at the loop's variable when it runs, and by then that is the last url.
import asyncio

import aiohttp


async def fetch_pages(urls):
    tasks = []
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        for url in urls:

            async def fetch():
                async with session.get(url) as response:
                    return await response.text()

            tasks.append(asyncio.create_task(fetch()))
        return await asyncio.gather(*tasks)
