# verdict: passed
# comes near: no-backoff
# A class holds session, slots and folder; exponential backoff with full jitter; progress is printed.
from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from pathlib import Path

import aiofiles
import aiohttp


class Busy(Exception):
    """The server is busy; `seconds` says how long it asks us to wait, if it does."""

    def __init__(self, error: aiohttp.ClientResponseError) -> None:
        super().__init__(str(error))
        self.error = error
        asked = (error.headers or {}).get("Retry-After", "")
        self.seconds = float(asked) if asked.replace(".", "", 1).isdigit() else None


@dataclass
class Downloader:
    session: aiohttp.ClientSession
    folder: Path
    slots: asyncio.Semaphore
    tries: int = 3
    sizes: dict[str, int] = field(default_factory=dict)

    async def run(self, urls: list[str]) -> dict[str, int]:
        async with asyncio.TaskGroup() as group:
            for url in urls:
                group.create_task(self._insist(url))
        return self.sizes

    async def _insist(self, url: str) -> None:
        for attempt in range(self.tries):
            try:
                async with self.slots:
                    self.sizes[url] = await self._attempt(url)
                print(f"{len(self.sizes)}: {url} has {self.sizes[url]} bytes")
                return
            except Busy as busy:
                if attempt == self.tries - 1:
                    raise busy.error from None
                backoff = 0.05 + random.random() * 0.1 * 2**attempt
                await asyncio.sleep(backoff if busy.seconds is None else busy.seconds + backoff)

    async def _attempt(self, url: str) -> int:
        final = self.folder / url.rsplit("/", 1)[-1]
        part = final.with_name(final.name + ".part")
        try:
            async with self.session.get(url) as response:
                response.raise_for_status()
                async with aiofiles.open(part, "wb") as file:
                    while piece := await response.content.read(65536):
                        await file.write(piece)
        except aiohttp.ClientResponseError as error:
            part.unlink(missing_ok=True)
            if error.status == 503:
                raise Busy(error) from error
            raise
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        size = part.stat().st_size
        part.replace(final)
        return size


async def download(urls: list[str], folder: str | Path, limit: int) -> dict[str, int]:
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    async with aiohttp.ClientSession() as session:
        return await Downloader(session, folder, asyncio.Semaphore(limit)).run(urls)
