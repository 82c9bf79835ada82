# verdict: passed
# comes near: half-file-left
# A broken-off file stays in the folder to be looked at, as NAME.part; the final name only ever stands for a whole file.
import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import aiofiles
import aiohttp

PIECE = 64 * 1024


class Downloader:
    """Keeps what came of a body that broke off, under NAME.part, so that one can see how far it got."""

    def __init__(self, session: aiohttp.ClientSession, folder: Path, limit: int) -> None:
        self.session = session
        self.folder = folder
        self.slots = asyncio.Semaphore(limit)
        self.sizes: dict[str, int] = {}

    async def get(self, url: str, tries: int = 3) -> None:
        async with self.slots, self.session.get(url) as response:
            if response.status != 503 or tries == 1:
                response.raise_for_status()
                self.sizes[url] = await self.store(response, self.folder / urlsplit(url).path.rpartition("/")[2])
                return
            pause = float(response.headers.get("Retry-After", 0.25)) + 0.05
            await response.read()  # the error page
        await asyncio.sleep(pause)
        await self.get(url, tries - 1)

    async def store(self, response: aiohttp.ClientResponse, path: Path) -> int:
        part = path.with_name(path.name + ".part")
        async with aiofiles.open(part, "wb") as file:
            async for piece in response.content.iter_chunked(PIECE):
                await file.write(piece)
            size = await file.tell()
        part.replace(path)
        return size


async def download(urls: list[str], folder: str | Path, limit: int) -> dict[str, int]:
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_read=60)) as session:
        downloader = Downloader(session, folder, limit)
        async with asyncio.TaskGroup() as group:
            for url in urls:
                group.create_task(downloader.get(url))
    return {url: downloader.sizes[url] for url in urls}
