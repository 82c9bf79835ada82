# verdict: passed
# A decorator writes every request to a log; functools and logging around an ordinary gather.
from __future__ import annotations

import asyncio
import functools
import logging
import time
from collections.abc import Awaitable, Callable

import aiohttp

log = logging.getLogger("pages")
logging.basicConfig(level=logging.INFO, format="%(message)s")


def logged(fetch: Callable[..., Awaitable[str]]) -> Callable[..., Awaitable[str]]:
    @functools.wraps(fetch)
    async def wrapper(session: aiohttp.ClientSession, url: str) -> str:
        start = time.perf_counter()
        try:
            return await fetch(session, url)
        finally:
            log.info("%s in %.0f ms", url[-12:], 1000 * (time.perf_counter() - start))

    return wrapper


@logged
async def fetch(session: aiohttp.ClientSession, url: str) -> str:
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.text()


async def fetch_pages(urls: list[str]) -> list[str]:
    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*(fetch(session, url) for url in urls))
