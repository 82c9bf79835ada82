# verdict: passed
# A connector of its own with 200 connections, and a line of progress for every hundred pages.
import asyncio

import aiohttp


async def fetch_pages(urls):
    done = 0

    async def fetch(url):
        nonlocal done
        async with session.get(url) as response:
            response.raise_for_status()
            text = await response.text()
        done += 1
        if done % 100 == 0:
            print(f"{done} of {len(urls)} pages")
        return text

    connector = aiohttp.TCPConnector(limit=200, limit_per_host=200)
    async with aiohttp.ClientSession(connector=connector) as session:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch(url)) for url in urls]
    return [task.result() for task in tasks]
