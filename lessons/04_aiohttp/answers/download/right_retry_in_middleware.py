# verdict: passed
# comes near: no-retry, too-little-concurrency
# session.get is called once a url: the tries are in a client middleware; the slot is held meanwhile, as is allowed.
import asyncio
import random
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

PAUSES = (0.2, 0.5)  # before the second try and before the third


async def patient(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    for pause in PAUSES:
        response = await handler(request)
        if response.status != 503:
            return response
        await response.read()  # the short error page, so that the connection is free again
        asked = float(response.headers.get("Retry-After", 0))
        await asyncio.sleep(max(asked, pause) + random.uniform(0.02, 0.1))
    return await handler(request)


async def save(session: aiohttp.ClientSession, slots: asyncio.Semaphore, url: str, path: Path) -> int:
    part = path.with_name(f".{path.name}.part")
    written = 0
    async with slots, session.get(url) as response:
        try:
            with open(part, "wb") as file:
                async for piece in response.content.iter_chunked(64 * 1024):
                    written += await asyncio.to_thread(file.write, piece)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    return written


async def download(urls: list[str], folder: str | Path, limit: int) -> dict[str, int]:
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    slots = asyncio.Semaphore(limit)
    session = aiohttp.ClientSession(
        middlewares=(patient,), raise_for_status=True, timeout=aiohttp.ClientTimeout(total=None, sock_read=60)
    )
    async with session, asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(save(session, slots, url, folder / urlsplit(url).path.rpartition("/")[2]))
            for url in urls
        ]
    return {url: task.result() for url, task in zip(urls, tasks, strict=True)}
