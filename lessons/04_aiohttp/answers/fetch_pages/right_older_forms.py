# verdict: passed
# comes near: session-not-closed
# As it was written before 3.7: get_event_loop, wait, the session closed by hand.
import asyncio

import aiohttp


async def _page(session, url):
    response = await session.get(url)
    try:
        response.raise_for_status()
        return await response.text()
    finally:
        response.release()


async def fetch_pages(urls):
    loop = asyncio.get_event_loop()
    session = aiohttp.ClientSession()
    tasks = [loop.create_task(_page(session, url)) for url in urls]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()  # raises the first failure
        return [task.result() for task in tasks]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await session.close()
