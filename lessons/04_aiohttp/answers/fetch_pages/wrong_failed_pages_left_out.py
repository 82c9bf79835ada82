# verdict: failed
# mistakes: swallowed-exception
# Collects exceptions with gather and leaves the failed pages out: the list is shorter, and nobody is told.
import asyncio

import aiohttp


async def fetch(session, url):
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.text()


async def fetch_pages(urls):
    async with aiohttp.ClientSession() as session:
        outcomes = await asyncio.gather(*(fetch(session, url) for url in urls), return_exceptions=True)
    return [outcome for outcome in outcomes if isinstance(outcome, str)]
