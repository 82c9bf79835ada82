# verdict: passed
# comes near: retry-after-ignored, no-backoff
# It never sleeps longer than 50 ms at a time, but naps again and again until the clock says the wait is really over.
import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import aiofiles
import aiohttp

TRIES = 3
NAP = 0.05
PIECE = 64 * 1024


async def doze_until(when: float) -> None:
    clock = asyncio.get_running_loop().time
    while (left := when - clock()) > 0:
        await asyncio.sleep(min(left, NAP))


def ready_at(response: aiohttp.ClientResponse, attempt: int) -> float:
    """When, by the loop's clock, the server wants to be asked again."""
    wait = float(response.headers.get("Retry-After", 0.2 * attempt))
    return asyncio.get_running_loop().time() + max(wait, 0.1) + 0.03


async def fetch(session: aiohttp.ClientSession, slots: asyncio.Semaphore, url: str, path: Path) -> int:
    for attempt in range(1, TRIES + 1):
        async with slots, session.get(url) as response:
            if response.status != 503 or attempt == TRIES:
                response.raise_for_status()
                return await save(response, path)
            due = ready_at(response, attempt)
            await response.read()
        await doze_until(due)
    raise AssertionError("not reached")


async def save(response: aiohttp.ClientResponse, path: Path) -> int:
    part = path.with_name(path.name + ".part")
    written = 0
    try:
        async with aiofiles.open(part, "wb") as file:
            async for piece in response.content.iter_chunked(PIECE):
                written += await file.write(piece)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return written


async def download(urls: list[str], folder: str | Path, limit: int) -> dict[str, int]:
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    slots = asyncio.Semaphore(limit)
    timeout = aiohttp.ClientTimeout(total=None, sock_read=60)
    async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as group:
        tasks = {
            url: group.create_task(fetch(session, slots, url, folder / urlsplit(url).path.rpartition("/")[2]))
            for url in urls
        }
    return {url: task.result() for url, task in tasks.items()}
