# verdict: passed
# comes near: results-out-of-order
# Workers begin at the end of the list and append pages as they come, but each carries its position and is sorted by it.
import asyncio

import aiohttp

WORKERS = 120


async def fetch_pages(urls: list[str]) -> list[str]:
    waiting = list(enumerate(urls))  # taken from the end
    come: list[tuple[int, str]] = []

    async def worker(session: aiohttp.ClientSession) -> None:
        while waiting:
            position, url = waiting.pop()
            async with session.get(url) as response:
                response.raise_for_status()
                come.append((position, await response.text()))

    connector = aiohttp.TCPConnector(limit=WORKERS)
    async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as group:
        for _ in range(WORKERS):
            group.create_task(worker(session))
    return [text for _, text in sorted(come)]
