# verdict: passed
# comes near: whole-body-in-memory
# Pieces of a megabyte, the response released by hand, one temporary folder that is emptied at the end.
import asyncio
import shutil
import tempfile
from pathlib import Path

import aiohttp


async def download(urls, folder, limit):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    slots = asyncio.Semaphore(limit)

    async def one(session, url, scratch):
        name = Path(url).name
        for attempt in range(3):
            async with slots:
                response = await session.get(url)
                try:
                    if response.status == 200:
                        with open(scratch / name, "wb", buffering=0) as file:
                            async for piece in response.content.iter_chunked(1 << 20):
                                file.write(piece)
                        return shutil.move(scratch / name, folder / name).stat().st_size
                finally:
                    response.release()
            if response.status != 503 or attempt == 2:
                response.raise_for_status()
            await asyncio.sleep(float(response.headers.get("Retry-After", 0.1 * (attempt + 1))))

    with tempfile.TemporaryDirectory() as scratch:
        async with aiohttp.ClientSession() as session:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(session, url, Path(scratch))) for url in urls]
    return {url: task.result() for url, task in zip(urls, tasks)}
