# verdict: passed
# A class owns session and semaphore; the connector is unlimited, but the semaphore of 100 isn't.
from __future__ import annotations

import asyncio
from types import TracebackType

import aiohttp


class Fetcher:
    def __init__(self, at_once: int) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Fetcher:
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._session is not None
        await self._session.close()

    async def text(self, url: str) -> str:
        assert self._session is not None
        async with self._slots, self._session.get(url) as response:
            response.raise_for_status()
            return await response.text()


async def fetch_pages(urls: list[str]) -> list[str]:
    async with Fetcher(at_once=100) as fetcher:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetcher.text(url)) for url in urls]
        return [await task for task in tasks]
