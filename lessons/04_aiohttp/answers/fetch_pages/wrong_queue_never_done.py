# verdict: timed_out
# mistakes: never-finishes
# task_done is forgotten, so queue.join() waits for ever.
import asyncio

import aiohttp


async def fetch_pages(urls):
    queue = asyncio.Queue()
    pages = [None] * len(urls)

    async def work(session):
        while True:
            place, url = await queue.get()
            async with session.get(url) as response:
                response.raise_for_status()
                pages[place] = await response.text()

    for numbered in enumerate(urls):
        queue.put_nowait(numbered)
    async with aiohttp.ClientSession() as session:
        workers = [asyncio.create_task(work(session)) for _ in range(100)]
        await queue.join()
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return pages
