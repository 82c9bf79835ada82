# verdict: passed
# comes near: status-not-checked
# A plain def that checks its input first and then returns the coroutine of a helper.
import asyncio

import aiohttp


def fetch_pages(urls):
    urls = list(urls)
    if not all(isinstance(url, str) for url in urls):
        raise TypeError("urls must be text")
    return _fetch_all(urls)


async def _fetch_all(urls):
    async with aiohttp.ClientSession() as session:
        tasks = [asyncio.ensure_future(_fetch(session, url)) for url in urls]
        try:
            return await asyncio.gather(*tasks)
        except BaseException:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            raise


async def _fetch(session, url):
    async with session.get(url) as response:
        if response.status != 200:
            raise RuntimeError(f"{url} answered {response.status}")
        return await response.text()
