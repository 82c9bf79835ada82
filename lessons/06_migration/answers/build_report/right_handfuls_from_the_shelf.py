# verdict: passed
# comes near: limit-exceeded, race
# No semaphore, no status looked at, gather, a shared list: the connector limits, the session checks, the rest is ended.
import asyncio
import math
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


HANDFUL = 20  # rows that are stored together


async def build_report(urls: list[str], pool, folder: str, limit: int) -> dict:
    """Rows gather on a shelf; whoever makes it a handful takes them all down and stores them by one COPY."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    shelf = []

    async def store():
        rows = shelf.copy()  # taken and cleared with no await in between
        shelf.clear()
        await pool.copy_records_to_table("daylight", records=rows)

    async def one(session, url):
        async with session.get(url) as response:
            page = await response.json()
        row, text = describe(page)
        with open(Path(folder, f"{page['id']}.txt"), "w", encoding="utf-8") as file:
            file.write(text)
        shelf.append(row)
        if len(shelf) >= HANDFUL:
            await store()
        return page["population"], page["name"]

    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=limit),  # a request is in flight only while it has a connection
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=60, sock_read=60),  # queueing for one has no deadline
        raise_for_status=True,
    ) as session:
        tasks = [asyncio.create_task(one(session, url)) for url in urls]
        try:
            found = await asyncio.gather(*tasks)
        except BaseException:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)  # until all have ended
            raise
    if shelf:
        await store()
    return {
        "pages": len(found),
        "population": sum(population for population, _ in found),
        "cities": [name for _, name in found],
    }
