# verdict: passed
# comes near: blocks-the-loop, wrong-result
# Plain open and write in the coroutine hold the loop for microseconds a piece; the dict is a Counter, equal to a dict.
import asyncio
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

TRIES = 3


async def download(urls: list[str], folder: str | Path, limit: int) -> dict[str, int]:
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    written: Counter[str] = Counter()
    waiting = iter(urls)

    async def attempt(url: str, last: bool) -> float | None:
        """None when the file is there, else how long to wait."""
        async with session.get(url) as response:
            if response.status == 503 and not last:
                await response.read()
                return max(0.2, float(response.headers.get("Retry-After", 0)) + 0.05)
            response.raise_for_status()
            path = target / urlsplit(url).path.rpartition("/")[2]
            part = path.with_name(path.name + ".part")
            written[url] = 0
            try:
                with open(part, "wb") as file:
                    async for piece in response.content.iter_chunked(32 * 1024):
                        written[url] += file.write(piece)
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
            return None

    async def one(url: str) -> None:
        for number in range(1, TRIES + 1):
            async with slots:
                pause = await attempt(url, last=number == TRIES)
            if pause is None:
                return
            await asyncio.sleep(pause)

    slots = asyncio.Semaphore(limit)
    timeout = aiohttp.ClientTimeout(total=None, sock_read=60)
    async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as group:
        for url in waiting:
            group.create_task(one(url))
    return written
