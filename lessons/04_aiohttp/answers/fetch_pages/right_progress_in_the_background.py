# verdict: passed
# comes near: leaked-tasks
# A background task loops for ever and none is in a group, but on every way out all are cancelled and waited for.
import asyncio
import logging

import aiohttp

log = logging.getLogger(__name__)


async def report(pages: dict[str, str], total: int) -> None:
    while True:
        await asyncio.sleep(0.5)
        log.info("%d of %d pages", len(pages), total)


async def fetch(session: aiohttp.ClientSession, url: str, pages: dict[str, str]) -> None:
    async with session.get(url) as response:
        pages[url] = await response.text()


async def fetch_pages(urls: list[str]) -> list[str]:
    pages: dict[str, str] = {}
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        background = asyncio.create_task(report(pages, len(urls)))
        jobs = [asyncio.create_task(fetch(session, url, pages)) for url in urls]
        try:
            await asyncio.gather(*jobs)
        finally:
            for task in (background, *jobs):
                task.cancel()
            await asyncio.gather(background, *jobs, return_exceptions=True)
    return [pages[url] for url in urls]
