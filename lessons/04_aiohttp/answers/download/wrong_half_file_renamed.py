# verdict: failed
# mistakes: half-file-left
# Uses a temporary name, but renames it in `finally`: half a file gets the final name too.
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
    finally:
        if part.exists():
            part.replace(path)
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
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        tasks = {}
        for url in urls:
            tasks[url] = group.create_task(fetch(session, slots, url, folder / url.rpartition("/")[2]))
    return {url: task.result() for url, task in tasks.items()}
