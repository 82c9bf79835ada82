# verdict: passed
# No semaphore: the connector has as many connections as are allowed. Files are written with to_thread.
import asyncio
from pathlib import Path

import aiohttp


async def once(session, url, path):
    part = path.parent / ("." + path.name)
    try:
        async with session.get(url) as response:
            response.raise_for_status()
            with part.open("wb") as file:
                async for piece in response.content.iter_chunked(1 << 17):
                    await asyncio.to_thread(file.write, piece)
        part.rename(path)
        return path.stat().st_size
    finally:
        part.unlink(missing_ok=True)


async def download(urls, folder, limit):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)

    async def several_times(url):
        for left in (2, 1, 0):
            try:
                return await once(session, url, folder / Path(url).name)
            except aiohttp.ClientResponseError as error:
                if error.status != 503 or not left:
                    raise
                wait = error.headers.get("Retry-After")
            await asyncio.sleep(float(wait) if wait is not None else 0.25)

    connector = aiohttp.TCPConnector(limit=limit)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(None)) as session:
        async with asyncio.TaskGroup() as group:
            tasks = {url: group.create_task(several_times(url)) for url in urls}
    return {url: task.result() for url, task in tasks.items()}
