# verdict: passed
# comes near: too-many-retries
# It tries "while True" and counts nothing, but has only two pauses to spend: without one left the third 503 raises.
import asyncio
import random
from collections import deque
from pathlib import Path
from urllib.parse import urlsplit

import aiofiles
import aiohttp


async def stream(session: aiohttp.ClientSession, url: str, path: Path) -> int:
    part = path.with_name(path.name + ".part")
    try:
        async with session.get(url) as response:
            response.raise_for_status()
            async with aiofiles.open(part, "wb") as file:
                async for piece in response.content.iter_chunked(65536):
                    await file.write(piece)
        size = part.stat().st_size
        part.replace(path)
        return size
    finally:
        part.unlink(missing_ok=True)


async def persist(session: aiohttp.ClientSession, slots: asyncio.Semaphore, url: str, path: Path) -> int:
    pauses = deque([0.15, 0.4])
    while True:
        try:
            async with slots:
                return await stream(session, url, path)
        except aiohttp.ClientResponseError as error:
            if error.status != 503 or not pauses:
                raise
            asked = error.headers.get("Retry-After") if error.headers else None
            pause = max(pauses.popleft(), float(asked or 0))
        await asyncio.sleep(pause * random.uniform(1.05, 1.3))


async def download(urls: list[str], folder: str | Path, limit: int) -> dict[str, int]:
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    slots = asyncio.Semaphore(limit)
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=60)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(persist(session, slots, url, folder / urlsplit(url).path.rpartition("/")[2]))
                for url in urls
            ]
    return dict(zip(urls, (task.result() for task in tasks), strict=True))
