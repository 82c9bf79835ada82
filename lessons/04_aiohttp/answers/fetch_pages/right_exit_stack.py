# verdict: passed
# contextlib all the way: an exit stack holds the session, each response and a reporter that is ended at the end.
import asyncio
import contextlib

import aiohttp


async def report(pages):
    while True:
        await asyncio.sleep(0.2)
        print(len(pages), "pages so far")


async def fetch_pages(urls):
    pages = {}
    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        reporter = asyncio.create_task(report(pages))

        @stack.push_async_callback
        async def end_reporter():
            reporter.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reporter

        async def fetch(place, url):
            async with session.get(url) as response:
                response.raise_for_status()
                pages[place] = await response.text(encoding="utf-8")

        async with asyncio.TaskGroup() as group:
            for place, url in enumerate(urls):
                group.create_task(fetch(place, url))
    return [pages[place] for place in sorted(pages)]
