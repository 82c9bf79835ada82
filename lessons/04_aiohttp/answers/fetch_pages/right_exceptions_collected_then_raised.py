# verdict: passed
# comes near: swallowed-exception
# gather(return_exceptions=True) waits for all, and then the first exception is raised.
import asyncio

import aiohttp


async def one(session, url):
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.text()


async def fetch_pages(urls):
    async with aiohttp.ClientSession() as session:
        outcomes = await asyncio.gather(*(one(session, url) for url in urls), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    return outcomes
