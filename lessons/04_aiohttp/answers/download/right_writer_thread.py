# verdict: passed
# One thread of its own does all the writing; the coroutines wait for it, so memory stays flat.
import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import aiohttp


async def download(urls, folder, limit):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    loop = asyncio.get_running_loop()
    free = asyncio.Semaphore(limit)

    async def store(response, path):
        part = path.with_name(path.name + ".part")
        file = await loop.run_in_executor(disk, open, part, "wb")
        try:
            async for piece in response.content.iter_chunked(256 * 1024):
                await loop.run_in_executor(disk, file.write, piece)
            size = file.tell()
            file.close()
            part.replace(path)
            return size
        finally:
            file.close()
            part.unlink(missing_ok=True)

    async def fetch(url):
        for last in (False, False, True):
            async with free:
                async with session.get(url) as response:
                    if response.ok:
                        return await store(response, folder / response.url.name)
                    if response.status != 503 or last:
                        response.raise_for_status()
                    pause = float(response.headers.get("Retry-After", 0.15))
            await asyncio.sleep(pause)

    with ThreadPoolExecutor(1, thread_name_prefix="disk") as disk:
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
            tasks = {url: group.create_task(fetch(url)) for url in urls}
    return {url: task.result() for url, task in tasks.items()}
