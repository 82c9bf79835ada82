# verdict: passed
# comes near: no-retry
# Nothing is tried again at once: what was refused is put aside and asked for in the next round, after a common wait.
import asyncio
from pathlib import Path

import aiohttp


async def download(urls, folder, limit):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    slots, sizes = asyncio.Semaphore(limit), {}

    async def fetch(session, url, last):
        """Seconds to wait for another try, or None when the file is there."""
        path = folder / url.rpartition("/")[2]
        part = path.with_suffix(".part")
        async with slots, session.get(url) as response:
            if response.status == 503 and not last:
                return float(response.headers.get("Retry-After", 0.2))
            response.raise_for_status()
            try:
                with part.open("wb") as file:
                    async for piece in response.content.iter_chunked(1 << 16):
                        file.write(piece)
                part.rename(path)
            finally:
                part.unlink(missing_ok=True)
            sizes[url] = path.stat().st_size
        return None

    async with aiohttp.ClientSession() as session:
        left = list(urls)
        for tries in (1, 2, 3):
            async with asyncio.TaskGroup() as group:
                tasks = {url: group.create_task(fetch(session, url, tries == 3)) for url in left}
            waits = {url: wait for url, task in tasks.items() if (wait := task.result()) is not None}
            if not waits:
                break
            left = list(waits)
            await asyncio.sleep(max(waits.values()))
    return sizes
