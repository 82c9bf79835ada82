# verdict: passed
# comes near: whole-body-in-memory
# It calls .read() on what comes and piles it up in a bytearray, but 64 KB at a time, and writes at every 128 KB.
import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

PIECE = 64 * 1024
PILE = 2 * PIECE


async def pour(response: aiohttp.ClientResponse, path: Path) -> int:
    """Fewer and larger writes: each one is a trip to a thread."""
    part = path.with_name(path.name + ".part")
    pile = bytearray()
    written = 0
    try:
        with open(part, "wb") as file:
            while data := await response.content.read(PIECE):
                pile += data
                if len(pile) >= PILE:
                    written += await asyncio.to_thread(file.write, pile)
                    pile.clear()
            written += await asyncio.to_thread(file.write, pile)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return written


async def fetch(session: aiohttp.ClientSession, slots: asyncio.Semaphore, url: str, folder: Path) -> int:
    path = folder / urlsplit(url).path.rpartition("/")[2]
    for pause in (0.2, 0.4, None):
        async with slots, session.get(url) as response:
            if response.status != 503 or pause is None:
                response.raise_for_status()
                return await pour(response, path)
            asked = response.headers.get("Retry-After")
            await response.read()  # the error page, which is short
        await asyncio.sleep(float(asked) + 0.05 if asked else pause)
    raise AssertionError("the last round returns or raises")


async def download(urls: list[str], folder: str | Path, limit: int) -> dict[str, int]:
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    slots = asyncio.Semaphore(limit)
    timeout = aiohttp.ClientTimeout(total=None, sock_read=60)
    async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as group:
        tasks = {url: group.create_task(fetch(session, slots, url, folder)) for url in urls}
    return {url: task.result() for url, task in tasks.items()}
