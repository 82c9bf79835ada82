# verdict: passed
# comes near: threads-instead, blocks-the-loop, unbounded-concurrency, too-little-concurrency
# A thread and limit=0: the one thread only computes, as many workers as the limit wait on the loop, and it is ended.
import asyncio
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import aiohttp

HEIGHTS = (0, -6, -12, -18)  # degrees: sunset, and the ends of the three kinds of twilight


def daylight(latitude):
    """Hours of sun, of twilight and of night in a year at that latitude: about a millisecond of computing."""
    phi, above = math.radians(latitude), []
    for height in HEIGHTS:
        low, hours = math.sin(math.radians(height)), 0.0
        for day in range(365):
            tilt = -0.409 * math.cos(2 * math.pi * (day + 10) / 365)
            x = (low - math.sin(phi) * math.sin(tilt)) / (math.cos(phi) * math.cos(tilt))
            hours += 24 / math.pi * math.acos(max(-1.0, min(1.0, x)))
        above.append(hours)
    return round(above[0], 1), round(above[-1] - above[0], 1), round(365 * 24 - above[-1], 1)


def describe(page):
    """The row and the text of one page."""
    sun, twilight, night = daylight(page["latitude"])
    row = (page["id"], page["name"], sun, twilight, night, page["token"])
    return row, f"{page['name']} ({page['country']}): {sun} h of sun, {twilight} h of twilight\n{page['token']}\n"


INSERT = "INSERT INTO daylight VALUES ($1, $2, $3, $4, $5, $6)"


def describe_and_write(page, folder):
    """The computing and the file of one page, for the thread; hands back the row."""
    row, text = describe(page)
    (folder / f"{page['id']}.txt").write_text(text, encoding="utf-8")
    return row


async def build_report(urls: list[str], pool, folder: str, limit: int) -> dict:
    """Workers, as many as requests are allowed; what computes and writes files is one thread beside the loop."""
    directory = Path(folder)
    directory.mkdir(parents=True, exist_ok=True)
    loop = asyncio.get_running_loop()
    left = iter(enumerate(urls))
    found = [(0, "")] * len(urls)

    async def worker(session, computing):
        for place, url in left:
            async with session.get(url) as response:
                response.raise_for_status()
                page = await response.json()
            row = await loop.run_in_executor(computing, describe_and_write, page, directory)
            await pool.execute(INSERT, *row)
            found[place] = page["population"], page["name"]

    computing = ThreadPoolExecutor(1, thread_name_prefix="computing")
    try:
        connector = aiohttp.TCPConnector(limit=0)  # the workers are the limit
        async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as group:
            for _ in range(min(limit, len(urls))):
                group.create_task(worker(session, computing))
    finally:
        computing.shutdown(cancel_futures=True)  # waits for the one page that it may be at: a millisecond
    return {
        "pages": len(found),
        "population": sum(population for population, _ in found),
        "cities": [name for _, name in found],
    }
