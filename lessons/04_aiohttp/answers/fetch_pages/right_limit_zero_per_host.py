# verdict: passed
# comes near: unbounded-concurrency
# It says limit=0 and starts a thousand tasks at once, but all pages are on one host and limit_per_host holds it to 200.
import asyncio

import aiohttp

PER_HOST = 200


async def fetch_pages(urls: list[str]) -> list[str]:
    connector = aiohttp.TCPConnector(limit=0, limit_per_host=PER_HOST)
    async with aiohttp.ClientSession(connector=connector, raise_for_status=True) as session:

        async def page(url: str) -> str:
            async with session.get(url) as response:
                return await response.text()

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(page(url)) for url in urls]
    return [task.result() for task in tasks]
