# verdict: passed
# comes near: no-backoff, retry-after-ignored, no-retry
# Nothing sleeps and no loop counts tries: a refused job goes to a timer, which puts it back in the queue when due.
import asyncio
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiofiles
import aiohttp

TRIES = 3
PIECE = 64 * 1024


@dataclass(eq=False)
class Job:
    url: str
    path: Path
    refused: int = 0


async def store(response: aiohttp.ClientResponse, path: Path) -> int:
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
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Job] = asyncio.Queue()
    timers: list[asyncio.TimerHandle] = []
    sizes = dict.fromkeys(urls, 0)

    def again(job: Job) -> None:
        queue.put_nowait(job)
        queue.task_done()  # for the turn before: until now the queue counted the job as unfinished

    async def one_try(job: Job) -> None:
        async with session.get(job.url) as response:
            if response.status == 503 and job.refused < TRIES - 1:
                job.refused += 1
                await response.read()  # a short error page; read to its end, the connection can be used again
                asked = float(response.headers.get("Retry-After", 0))
                timers.append(loop.call_later(max(asked + 0.05, 0.15 * 2**job.refused), again, job))
                return
            response.raise_for_status()
            sizes[job.url] = await store(response, job.path)
        queue.task_done()

    async def worker() -> None:
        while True:
            await one_try(await queue.get())

    for url in urls:
        queue.put_nowait(Job(url, folder / urlsplit(url).path.rpartition("/")[2]))
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=60)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as group:
            workers = [group.create_task(worker()) for _ in range(limit)]
            await queue.join()
            for each in workers:
                each.cancel()
    finally:
        for timer in timers:
            timer.cancel()
    return sizes
