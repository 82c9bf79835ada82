# verdict: passed
# No semaphore and no queue: a set of at most ninety running tasks, refilled as they end.
import asyncio

import aiohttp


async def fetch_pages(urls):
    pages = {}

    async def fetch(session, place, url):
        async with session.get(url) as response:
            response.raise_for_status()
            pages[place] = await response.text()

    running = set()
    async with aiohttp.ClientSession() as session:
        try:
            for place, url in enumerate(urls):
                if len(running) >= 90:
                    done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                    for task in done:
                        task.result()
                running.add(asyncio.create_task(fetch(session, place, url)))
            await asyncio.gather(*running)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
    return [pages[place] for place in range(len(pages))]
