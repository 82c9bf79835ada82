# verdict: failed
# mistakes: blocks-the-loop
# requests in a coroutine: every piece of every body stops the loop.
import asyncio
from pathlib import Path

import requests


async def fetch(session, slots, url, path):
    part = path.with_name(path.name + ".part")
    for attempt in (1, 2, 3):
        async with slots:
            with session.get(url, stream=True) as response:
                if response.status_code != 503 or attempt == 3:
                    response.raise_for_status()
                    try:
                        with open(part, "wb") as file:
                            for piece in response.iter_content(64 * 1024):
                                file.write(piece)
                        part.replace(path)
                    finally:
                        part.unlink(missing_ok=True)
                    return path.stat().st_size
                response.content  # read to its end, so that the connection can be used again
                pause = float(response.headers.get("Retry-After", 0.1 * attempt))
        await asyncio.sleep(pause)


async def download(urls, folder, limit):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    slots = asyncio.Semaphore(limit)
    with requests.Session() as session:
        sizes = await asyncio.gather(
            *(fetch(session, slots, url, folder / url.rpartition("/")[2]) for url in urls)
        )
    return dict(zip(urls, sizes))
