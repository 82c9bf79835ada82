# verdict: passed
# comes near: too-little-concurrency
# It begins with 25 requests and lets one more in for every page that comes, so 150 are in flight after three rounds.
import asyncio

import aiohttp

FIRST = 25
MOST = 150


class SlowStart:
    """A limit that begins low and opens by one for each success, as TCP does."""

    def __init__(self, first: int, most: int) -> None:
        self._slots = asyncio.Semaphore(first)
        self._unopened = most - first

    async def __aenter__(self) -> None:
        await self._slots.acquire()

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._slots.release()
        if kind is None and self._unopened > 0:
            self._unopened -= 1
            self._slots.release()


async def fetch(session: aiohttp.ClientSession, gate: SlowStart, url: str) -> str:
    async with gate, session.get(url) as response:
        response.raise_for_status()
        return await response.text()


async def fetch_pages(urls: list[str]) -> list[str]:
    gate = SlowStart(FIRST, MOST)
    connector = aiohttp.TCPConnector(limit=MOST)
    async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as group:
        tasks = [group.create_task(fetch(session, gate, url)) for url in urls]
    return [task.result() for task in tasks]
