# verdict: passed
# comes near: retried-for-nothing, too-many-retries
# Also tries again when a connection breaks, which nobody forbids; half-second backoff; a sliding set of tasks.
import asyncio
import os
from pathlib import Path

import aiofiles
import aiohttp


async def attempt(session, url, path):
    part = f"{path}.part"
    try:
        async with session.get(url) as response:
            response.raise_for_status()
            written = 0
            async with aiofiles.open(part, "wb") as out:
                async for piece in response.content.iter_chunked(64 * 1024):
                    written += await out.write(piece)
            if response.content_length not in (None, written):
                raise aiohttp.ClientPayloadError(f"{written} of {response.content_length} bytes")
        os.replace(part, path)
        return written
    finally:
        if os.path.exists(part):
            os.unlink(part)


async def fetch(session, url, path):
    tried = 0
    while True:
        tried += 1
        try:
            return await attempt(session, url, path)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError, aiohttp.ClientOSError):
            if tried == 3:
                raise
            pause = 0.5
        except aiohttp.ClientResponseError as error:
            if error.status != 503 or tried == 3:
                raise
            pause = float(error.headers.get("Retry-After", 0.5))
        await asyncio.sleep(pause)


async def download(urls, folder, limit):
    Path(folder).mkdir(parents=True, exist_ok=True)
    sizes, running = {}, {}
    async with aiohttp.ClientSession() as session:
        try:
            for url in urls:
                while len(running) >= limit:
                    done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                    for task in done:
                        sizes[running.pop(task)] = task.result()
                task = asyncio.create_task(fetch(session, url, Path(folder) / url.rsplit("/", 1)[-1]))
                running[task] = url
            if running:
                done, _ = await asyncio.wait(running)
                for task in done:
                    sizes[running[task]] = task.result()
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
    return sizes
