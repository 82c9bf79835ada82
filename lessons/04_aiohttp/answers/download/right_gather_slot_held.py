# verdict: passed
# comes near: blocks-the-loop, retry-after-ignored
# gather; the slot is held through all tries and waits; plain open, written piece by piece.
import asyncio
import os

import aiohttp


async def download(urls, folder, limit):
    os.makedirs(folder, exist_ok=True)
    slots = asyncio.Semaphore(limit)

    async def one(session, url):
        target = os.path.join(folder, url.split("/")[-1])
        async with slots:
            for attempt in (1, 2, 3):
                async with session.get(url) as response:
                    if response.status == 503 and attempt < 3:
                        await asyncio.sleep(float(response.headers.get("Retry-After", 0.2)))
                        continue
                    response.raise_for_status()
                    try:
                        with open(target + ".tmp", "wb") as file:
                            async for piece in response.content.iter_any():
                                file.write(piece)
                        os.replace(target + ".tmp", target)
                    finally:
                        if os.path.exists(target + ".tmp"):
                            os.remove(target + ".tmp")
                    return url, os.path.getsize(target)

    async with aiohttp.ClientSession() as session:
        return dict(await asyncio.gather(*(one(session, url) for url in urls)))
