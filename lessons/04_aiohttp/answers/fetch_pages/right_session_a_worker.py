# verdict: passed
# comes near: session-per-request
# Sixty workers, each with a session of its own for all of its pages: a connection each, used again and again.
import asyncio

import aiohttp


async def fetch_pages(urls):
    numbered = enumerate(urls)
    pages = {}

    async def work():
        async with aiohttp.ClientSession(raise_for_status=True) as session:
            for number, url in numbered:
                async with session.get(url) as response:
                    pages[number] = await response.text()

    async with asyncio.TaskGroup() as group:
        for _ in range(60):
            group.create_task(work())
    return [pages[number] for number in sorted(pages)]
