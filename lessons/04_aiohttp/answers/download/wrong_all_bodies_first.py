# verdict: failed
# mistakes: everything-in-memory
# All bodies are fetched before the first is written.
import asyncio
from pathlib import Path

import aiofiles
import aiohttp


async def fetch(session, slots, url):
    for attempt in (1, 2, 3):
        try:
            async with slots, session.get(url) as response:
                response.raise_for_status()
                return await response.read()
        except aiohttp.ClientResponseError as error:
            if error.status != 503 or attempt == 3:
                raise
            pause = float(error.headers.get("Retry-After", 0.1 * attempt))
        await asyncio.sleep(pause)


async def download(urls, folder, limit):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    slots = asyncio.Semaphore(limit)
    async with aiohttp.ClientSession() as session:
        bodies = await asyncio.gather(*(fetch(session, slots, url) for url in urls))
    sizes = {}
    for url, body in zip(urls, bodies):
        part = folder / (url.rpartition("/")[2] + ".part")
        try:
            async with aiofiles.open(part, "wb") as file:
                sizes[url] = await file.write(body)
            part.replace(part.with_suffix(""))
        finally:
            part.unlink(missing_ok=True)
    return sizes
