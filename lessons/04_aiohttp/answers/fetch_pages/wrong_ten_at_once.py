# verdict: failed
# mistakes: too-little-concurrency
# A semaphore of ten: far fewer at once than are asked for.
import asyncio

import aiohttp


async def fetch_pages(urls):
    slots = asyncio.Semaphore(10)

    async def fetch(session, url):
        async with slots, session.get(url) as response:
            response.raise_for_status()
            return await response.text()

    async with aiohttp.ClientSession() as session:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch(session, url)) for url in urls]
    return [task.result() for task in tasks]
