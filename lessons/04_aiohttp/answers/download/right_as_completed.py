# verdict: passed
# comes near: wrong-result
# With as_completed, whichever is done goes into the dict; tasks that are left after an error are cancelled.
import asyncio
import os

import aiofiles
import aiohttp


async def download(urls, folder, limit):
    os.makedirs(folder, exist_ok=True)
    gate = asyncio.BoundedSemaphore(limit)

    async def try_once(session, url, name):
        async with gate, session.get(url) as response:
            if response.status == 503:
                return None, response
            response.raise_for_status()
            size = 0
            try:
                async with aiofiles.open(name + "~", "wb") as file:
                    async for piece, _ in response.content.iter_chunks():
                        size += await file.write(piece)
                os.rename(name + "~", name)
            except BaseException:
                os.path.exists(name + "~") and os.unlink(name + "~")
                raise
            return size, response

    async def get(session, url):
        name = os.path.join(str(folder), os.path.basename(url))
        for pause in (0.1, 0.2, None):
            size, response = await try_once(session, url, name)
            if size is not None:
                return url, size
            if pause is None:
                response.raise_for_status()
            await asyncio.sleep(max(pause, float(response.headers.get("Retry-After", 0))))

    async with aiohttp.ClientSession() as session:
        tasks = [asyncio.create_task(get(session, url)) for url in urls]
        try:
            return dict([await task for task in asyncio.as_completed(tasks)])
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
