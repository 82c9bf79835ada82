# verdict: passed
# comes near: limit-per-call
# Each try says "async with limiter()", and its body makes a semaphore, but it is cached: the first call makes the only.
import asyncio
import functools
from pathlib import Path
from urllib.parse import urlsplit

import aiofiles
import aiohttp

TRIES = 3


async def download(urls: list[str], folder: str | Path, limit: int) -> dict[str, int]:
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)

    @functools.cache
    def limiter() -> asyncio.Semaphore:
        return asyncio.Semaphore(limit)

    async def one(url: str, path: Path) -> int:
        for attempt in range(1, TRIES + 1):
            async with limiter(), session.get(url) as response:
                if response.status != 503 or attempt == TRIES:
                    response.raise_for_status()
                    return await keep(response, path)
                asked = response.headers.get("Retry-After")
                await response.read()
            await asyncio.sleep(float(asked) + 0.05 if asked else 0.15 * attempt)
        raise AssertionError("the last try returns or raises")

    timeout = aiohttp.ClientTimeout(total=None, sock_read=60)
    async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as group:
        tasks = {url: group.create_task(one(url, folder / urlsplit(url).path.rpartition("/")[2])) for url in urls}
    return {url: task.result() for url, task in tasks.items()}


async def keep(response: aiohttp.ClientResponse, path: Path) -> int:
    part = path.with_name(path.name + ".part")
    try:
        async with aiofiles.open(part, "wb") as file:
            size = 0
            async for piece in response.content.iter_chunked(64 * 1024):
                size += await file.write(piece)
        part.replace(path)
        return size
    finally:
        part.unlink(missing_ok=True)
