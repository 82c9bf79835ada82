# verdict: failed
# mistakes: leaked-tasks
# All pages are right, but the task that reports progress is never ended.
import asyncio

import aiohttp


async def report(pages):
    while True:
        await asyncio.sleep(0.5)
        print(len(pages), "pages")


async def fetch_pages(urls):
    pages = {}

    async def fetch(session, url):
        async with session.get(url) as response:
            response.raise_for_status()
            pages[url] = await response.text()

    reporter = asyncio.create_task(report(pages))
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        for url in urls:
            group.create_task(fetch(session, url))
    assert not reporter.done()
    return [pages[url] for url in urls]
