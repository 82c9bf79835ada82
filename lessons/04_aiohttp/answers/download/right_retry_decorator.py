# verdict: passed
# The retries are a decorator that knows nothing of files; the waits grow and carry jitter.
from __future__ import annotations

import asyncio
import functools
import os
import random
import tempfile
from pathlib import Path

import aiohttp


def retry(tries, first, worth_it):
    def decorate(function):
        @functools.wraps(function)
        async def wrapper(*args, **kwargs):
            pause = first
            for left in reversed(range(tries)):
                try:
                    return await function(*args, **kwargs)
                except aiohttp.ClientResponseError as error:
                    if not left or not worth_it(error):
                        raise
                    asked = float(error.headers.get("Retry-After", 0) or 0)
                await asyncio.sleep(max(asked, pause) * random.uniform(1.0, 1.2))
                pause *= 2

        return wrapper

    return decorate


@retry(tries=3, first=0.1, worth_it=lambda error: error.status == 503)
async def fetch(session, slots, url, path):
    async with slots:
        async with session.get(url, raise_for_status=True) as response:
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
            try:
                with os.fdopen(handle, "wb") as file:
                    async for piece in response.content.iter_chunked(65536):
                        file.write(piece)
                    size = file.tell()
                os.replace(name, path)
            except BaseException:
                os.unlink(name)
                raise
    return size


async def download(urls, folder, limit):
    Path(folder).mkdir(parents=True, exist_ok=True)
    slots = asyncio.Semaphore(limit)
    async with aiohttp.ClientSession() as session:
        sizes = await asyncio.gather(
            *[fetch(session, slots, url, Path(folder, url.rpartition("/")[-1])) for url in urls]
        )
    return {url: size for url, size in zip(urls, sizes)}
