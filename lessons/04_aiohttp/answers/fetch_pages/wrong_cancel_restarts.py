# verdict: failed
# mistakes: swallowed-cancel
# A bare except around each request also catches the cancel, and asks for the page again.
import asyncio

import aiohttp


async def fetch(session, url):
    for _ in range(2):
        try:
            async with session.get(url) as response:
                response.raise_for_status()
                return await response.text()
        except aiohttp.ClientResponseError:
            raise
        except:  # noqa: E722
            continue
    raise RuntimeError(f"{url} can't be had")


async def fetch_pages(urls):
    async with aiohttp.ClientSession() as session:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch(session, url)) for url in urls]
    return [task.result() for task in tasks]
