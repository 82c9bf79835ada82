# verdict: passed
# A semaphore made in each call limits nothing, but the session's default of 100 connections does.
import asyncio

import aiohttp


async def fetch(session, url):
    async with asyncio.Semaphore(100):
        async with session.get(url) as response:
            response.raise_for_status()
            return await response.text()


async def fetch_pages(urls):
    async with aiohttp.ClientSession() as session:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch(session, url)) for url in urls]
    return [task.result() for task in tasks]
