# verdict: passed
# comes near: session-per-request, session-not-closed
# Every request says "async with" on the session, but that only counts users: it is one session, closed by the last.
import asyncio

import aiohttp


class SharedSession:
    """One session for all who enter: the first opens it, the last to leave closes it."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._users = 0

    async def __aenter__(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        self._users += 1
        return self._session

    async def __aexit__(self, *_: object) -> None:
        self._users -= 1
        if self._users == 0 and self._session is not None:
            session, self._session = self._session, None
            await session.close()


async def fetch(shared: SharedSession, url: str) -> str:
    async with shared as session, session.get(url) as response:
        response.raise_for_status()
        return await response.text()


async def fetch_pages(urls: list[str]) -> list[str]:
    shared = SharedSession()
    async with shared, asyncio.TaskGroup() as group:  # in use for as long as any page is under way
        tasks = [group.create_task(fetch(shared, url)) for url in urls]
    return [task.result() for task in tasks]
