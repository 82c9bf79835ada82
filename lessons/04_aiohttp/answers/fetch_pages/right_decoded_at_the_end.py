# verdict: passed
# comes near: blocks-the-loop, wrong-result
# Tasks give bytes and a plain loop decodes all thousand at the end, with no await: that is a few milliseconds in all.
import asyncio

import aiohttp


async def raw_page(session: aiohttp.ClientSession, url: str) -> tuple[bytes, str]:
    """A page as it came, and the name of its encoding."""
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read(), response.get_encoding()


async def fetch_pages(urls: list[str]) -> list[str]:
    async with aiohttp.ClientSession() as session:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(raw_page(session, url)) for url in urls]
    return [str(*task.result()) for task in tasks]
