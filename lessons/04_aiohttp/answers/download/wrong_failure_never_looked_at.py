# verdict: failed
# mistakes: lost-exception
# Waits for all tasks and never asks how they ended.
import asyncio
from pathlib import Path

import aiofiles
import aiohttp


async def save(session, url, path):
    part = path.with_name(path.name + ".part")
    written = 0
    try:
        async with session.get(url) as response:
            response.raise_for_status()
            async with aiofiles.open(part, "wb") as file:
                async for piece in response.content.iter_chunked(64 * 1024):
                    written += await file.write(piece)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return written


async def fetch(session, slots, url, path):
    for attempt in (1, 2, 3):
        try:
            async with slots:
                return await save(session, url, path)
        except aiohttp.ClientResponseError as error:
            if error.status != 503 or attempt == 3:
                raise
            pause = float(error.headers.get("Retry-After", 0.1 * attempt))
        await asyncio.sleep(pause)


async def download(urls, folder, limit):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    slots = asyncio.Semaphore(limit)
    sizes = {}

    async def store(url):
        sizes[url] = await fetch(session, slots, url, folder / url.rpartition("/")[2])

    async with aiohttp.ClientSession() as session:
        tasks = [asyncio.create_task(store(url)) for url in urls]
        try:
            await asyncio.wait(tasks)
        except asyncio.CancelledError:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            raise
    return sizes
