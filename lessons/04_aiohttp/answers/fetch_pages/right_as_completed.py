# verdict: passed
# comes near: results-out-of-order, leaked-tasks
# Pages are taken by as_completed in any order, yet each goes to its own place; bare tasks are cancelled and awaited.
import asyncio
import random

import aiohttp


async def numbered(session: aiohttp.ClientSession, number: int, url: str) -> tuple[int, str]:
    async with session.get(url) as response:
        response.raise_for_status()
        return number, await response.text()


async def fetch_pages(urls: list[str]) -> list[str]:
    pages = [""] * len(urls)
    order = list(range(len(urls)))
    random.shuffle(order)  # neighbours in the list are often neighbours on the server's disk
    async with aiohttp.ClientSession() as session:
        tasks = [asyncio.create_task(numbered(session, number, urls[number])) for number in order]
        try:
            for earliest in asyncio.as_completed(tasks):
                number, text = await earliest
                pages[number] = text
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    return pages
