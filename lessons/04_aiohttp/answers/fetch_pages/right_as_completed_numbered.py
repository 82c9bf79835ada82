# verdict: passed
# comes near: results-out-of-order
# as_completed, each page carrying its own position; sorted at the end.
import asyncio

import aiohttp


async def fetch_pages(urls):
    connector = aiohttp.TCPConnector(limit=100)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def fetch(position, url):
            async with session.get(url, raise_for_status=True) as response:
                return position, await response.text()

        numbered = []
        for answer in asyncio.as_completed([fetch(i, url) for i, url in enumerate(urls)]):
            numbered.append(await answer)
    return [text for _, text in sorted(numbered)]
