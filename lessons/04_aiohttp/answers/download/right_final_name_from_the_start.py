# verdict: passed
# comes near: half-file-left
# It writes under the final name from the first piece on, but whatever ends it early, a cancel included, takes it away.
import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

TRIES = 3
PIECE = 64 * 1024


@contextlib.contextmanager
def whole_or_gone(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


async def save(session: aiohttp.ClientSession, url: str, path: Path) -> int:
    async with session.get(url, raise_for_status=True) as response:
        written = 0
        with whole_or_gone(path):
            with open(path, "wb") as file:
                async for piece in response.content.iter_chunked(PIECE):
                    written += await asyncio.to_thread(file.write, piece)
        return written


async def save_patiently(session: aiohttp.ClientSession, slots: asyncio.Semaphore, url: str, path: Path) -> int:
    for tries_left in reversed(range(TRIES)):
        try:
            async with slots:
                return await save(session, url, path)
        except aiohttp.ClientResponseError as error:
            if error.status != 503 or not tries_left:
                raise
            asked = float((error.headers or {}).get("Retry-After", 0))
        await asyncio.sleep(max(asked, 0.4 / tries_left) + 0.05)
    raise AssertionError("not reached")


async def download(urls: list[str], folder: str | Path, limit: int) -> dict[str, int]:
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    slots = asyncio.Semaphore(limit)
    timeout = aiohttp.ClientTimeout(total=None, sock_read=60)
    async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as group:
        tasks = {}
        for url in urls:
            name = urlsplit(url).path.split("/")[-1]
            tasks[url] = group.create_task(save_patiently(session, slots, url, folder / name))
    return {url: task.result() for url, task in tasks.items()}
