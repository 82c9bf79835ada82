# verdict: passed
# comes near: unbounded-concurrency
# Three hundred at once: many, but a limit.
import asyncio

import aiohttp


async def fetch_pages(urls: list[str]) -> list[str]:
    slots = asyncio.BoundedSemaphore(300)

    async def fetch(session: aiohttp.ClientSession, url: str) -> str:
        async with slots:
            async with session.get(url) as response:
                response.raise_for_status()
                return await response.text()

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1000)) as session:
        return await asyncio.gather(*[fetch(session, url) for url in urls])
