# verdict: passed
# comes near: too-little-concurrency, no-backoff
# Workers keep their place while they wait, which is allowed; the wait is an Event that nobody sets, under a timeout.
import asyncio
import contextlib
from pathlib import Path
from urllib.parse import urlsplit

import aiofiles
import aiohttp

TRIES = 3


async def wait_a_while(seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.Event().wait()


async def save(session: aiohttp.ClientSession, url: str, path: Path, tries: int = TRIES) -> int:
    part = path.with_name(path.name + ".part")
    async with session.get(url) as response:
        if response.status != 503 or tries == 1:
            response.raise_for_status()
            try:
                async with aiofiles.open(part, "wb") as file:
                    async for piece in response.content.iter_chunked(64 * 1024):
                        await file.write(piece)
                    size = await file.tell()
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
            return size
        wait = max(0.2, float(response.headers.get("Retry-After", 0)))
        await response.read()
    await wait_a_while(wait + 0.05)
    return await save(session, url, path, tries - 1)


async def download(urls: list[str], folder: str | Path, limit: int) -> dict[str, int]:
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    sizes: dict[str, int] = {}
    todo = iter(urls)

    async def worker(session: aiohttp.ClientSession) -> None:
        for url in todo:  # shared: each worker takes the next
            sizes[url] = await save(session, url, folder / urlsplit(url).path.rpartition("/")[2])

    timeout = aiohttp.ClientTimeout(total=None, sock_read=60)
    async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as group:
        for _ in range(limit):
            group.create_task(worker(session))
    return sizes
