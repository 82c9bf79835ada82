# verdict: passed
# comes near: half-file-left
# Writes under the final name, and removes the file whatever goes wrong, a cancel included.
import asyncio
from pathlib import Path

import aiofiles
import aiohttp


async def download(urls, folder, limit):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    slots = asyncio.Semaphore(limit)

    async def fetch(session, url, tries=3):
        path = folder / url.rsplit("/", 1)[1]
        async with slots:
            async with session.get(url) as response:
                if response.status != 503 or tries == 1:
                    response.raise_for_status()
                    try:
                        async with aiofiles.open(path, "wb") as file:
                            async for piece in response.content.iter_chunked(65536):
                                await file.write(piece)
                    except BaseException:
                        path.unlink(missing_ok=True)
                        raise
                    return path.stat().st_size
                pause = float(response.headers.get("Retry-After", "0.1"))
        await asyncio.sleep(pause)
        return await fetch(session, url, tries - 1)

    async with aiohttp.ClientSession() as session:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch(session, url)) for url in urls]
    return dict(zip(urls, (task.result() for task in tasks)))
