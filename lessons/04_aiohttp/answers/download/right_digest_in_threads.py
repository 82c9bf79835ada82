# verdict: passed
# comes near: blocks-the-loop, learnt-by-heart
# Blocking writes and SHA-256 run in plain functions, but in threads; sizes come from the directory, after the requests.
import asyncio
import hashlib
import logging
import random
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import aiohttp

TRIES = 3
log = logging.getLogger(__name__)


class Sink:
    """A file and the digest of what went into it. Its methods block: for threads."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.digest = hashlib.sha256()

    def put(self, piece: bytes) -> None:
        self.file.write(piece)
        self.digest.update(piece)


async def save(response: aiohttp.ClientResponse, path: Path) -> None:
    part = path.with_suffix(path.suffix + ".part")
    try:
        with part.open("wb") as file:
            sink = Sink(file)
            async for piece in response.content.iter_chunked(64 * 1024):
                await asyncio.to_thread(sink.put, piece)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    log.info("%s %s", sink.digest.hexdigest(), path)


async def fetch(session: aiohttp.ClientSession, slots: asyncio.Semaphore, url: str, path: Path) -> None:
    for attempt in range(TRIES):
        async with slots, session.get(url) as response:
            if response.status != 503 or attempt == TRIES - 1:
                response.raise_for_status()
                return await save(response, path)
            asked = float(response.headers.get("Retry-After", 0))
            await response.read()
        await asyncio.sleep(max(asked, 0.1 * 2**attempt) + random.uniform(0.05, 0.15))


async def download(urls: list[str], folder: str | Path, limit: int) -> dict[str, int]:
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = {url: folder / urlsplit(url).path.rpartition("/")[2] for url in urls}
    slots = asyncio.Semaphore(limit)
    timeout = aiohttp.ClientTimeout(total=None, sock_read=60)
    async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as group:
        for url, path in paths.items():
            group.create_task(fetch(session, slots, url, path))
    return {url: path.stat().st_size for url, path in paths.items()}
