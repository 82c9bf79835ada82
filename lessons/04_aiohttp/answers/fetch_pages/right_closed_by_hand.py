# verdict: passed
# comes near: session-not-closed, session-per-request
# The session is made at the first request, no "async with", and doesn't own its connector; close() ends both, always.
import asyncio

import aiohttp


class Fetcher:
    def __init__(self) -> None:
        self._connector = aiohttp.TCPConnector(limit=100)
        self._session: aiohttp.ClientSession | None = None

    def _get_session(self) -> aiohttp.ClientSession:
        if self._session is None:  # no await from here to the next line, so there is only ever one
            self._session = aiohttp.ClientSession(connector=self._connector, connector_owner=False)
        return self._session

    async def fetch(self, url: str) -> str:
        response = await self._get_session().get(url)
        try:
            response.raise_for_status()
            return await response.text()
        finally:
            response.release()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
        await self._connector.close()


async def fetch_pages(urls: list[str]) -> list[str]:
    fetcher = Fetcher()
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetcher.fetch(url)) for url in urls]
    finally:
        await fetcher.close()
    return [task.result() for task in tasks]
