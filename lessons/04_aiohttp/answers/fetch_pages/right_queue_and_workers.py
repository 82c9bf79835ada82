# verdict: passed
# Eighty workers on a queue of numbered urls; each puts its page into its place.
import asyncio
from collections.abc import Sequence

import aiohttp

WORKERS = 80


async def work(session: aiohttp.ClientSession, todo: asyncio.Queue, pages: list) -> None:
    while True:
        try:
            place, url = todo.get_nowait()
        except asyncio.QueueEmpty:
            return
        async with session.get(url) as response:
            response.raise_for_status()
            pages[place] = await response.text()


async def fetch_pages(urls: Sequence[str]) -> list[str]:
    todo: asyncio.Queue[tuple[int, str]] = asyncio.Queue()
    for numbered in enumerate(urls):
        todo.put_nowait(numbered)
    pages = [""] * len(urls)
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        for _ in range(WORKERS):
            group.create_task(work(session, todo, pages))
    return pages
