# verdict: passed
# A subclass of ClientSession with a method of its own (aiohttp discourages it, and it works).
import asyncio
import warnings

import aiohttp

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)

    class PageSession(aiohttp.ClientSession):
        async def page(self, url):
            async with self.get(url) as response:
                return await response.text()


async def fetch_pages(urls):
    async with PageSession(raise_for_status=True) as session:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(session.page(url)) for url in urls]
    return [t.result() for t in tasks]
