# verdict: passed
# `limit` workers on a queue, aiofiles; a worker waits for its own retries.
from __future__ import annotations

import asyncio
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import aiofiles
import aiofiles.os
import aiohttp


async def fetch(session: aiohttp.ClientSession, url: str, target: Path) -> int:
    temporary = target.with_suffix(target.suffix + ".incomplete")
    size = 0
    try:
        async with session.get(url, raise_for_status=True) as response:
            async with aiofiles.open(temporary, "wb") as file:
                async for piece in response.content.iter_chunked(128 * 1024):
                    await file.write(piece)
                    size += len(piece)
        await aiofiles.os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return size


async def patiently(session: aiohttp.ClientSession, url: str, target: Path) -> int:
    delays = iter((0.1, 0.3))
    while True:
        try:
            return await fetch(session, url, target)
        except aiohttp.ClientResponseError as error:
            delay = next(delays, None)
            if error.status != 503 or delay is None:
                raise
            asked = error.headers.get("Retry-After") if error.headers else None
        await asyncio.sleep(max(delay, float(asked or 0)))


async def download(urls: list[str], folder: str | Path, limit: int) -> dict[str, int]:
    folder = Path(folder)
    await aiofiles.os.makedirs(folder, exist_ok=True)
    todo: asyncio.Queue[str] = asyncio.Queue()
    for url in urls:
        todo.put_nowait(url)
    sizes: dict[str, int] = {}

    async def work(session: aiohttp.ClientSession) -> None:
        while not todo.empty():
            url = todo.get_nowait()
            sizes[url] = await patiently(session, url, folder / PurePosixPath(urlsplit(url).path).name)

    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        for number in range(limit):
            group.create_task(work(session), name=f"worker {number}")
    return sizes
