# verdict: passed
# comes near: cpu-burst, leaked-connections
# A lock that everybody queues for: only round the computing, so that the loop gets its turn after each single page.
import asyncio
import math
import os

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


class Report:
    """What the pages of one report share."""

    def __init__(self, session, pool, folder, limit):
        self.session = session
        self.pool = pool
        self.folder = folder
        self.slots = asyncio.BoundedSemaphore(limit)
        self.desk = asyncio.Lock()

    async def page(self, url):
        """One page from its url to its row and its file; hands back the page."""
        async with self.slots, self.session.get(url) as response:
            response.raise_for_status()
            page = await response.json()
        async with self.desk:  # however many pages have come at once, one is computed at a turn of the loop
            row, text = describe(page)
            await asyncio.sleep(0)
        await self.store(row)
        with open(os.path.join(self.folder, f"{page['id']}.txt"), "wb") as file:
            file.write(text.encode())
        return page

    async def store(self, row):
        connection = await self.pool.acquire()
        try:
            await connection.execute("INSERT INTO daylight VALUES ($1, $2, $3, $4, $5, $6)", *row)
        finally:
            await self.pool.release(connection)


async def build_report(urls: list[str], pool, folder: str, limit: int) -> dict:
    """All pages as tasks of one group; each waits for a slot, then for the desk, then for a connection."""
    os.makedirs(folder, exist_ok=True)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=limit)) as session:
        report = Report(session, pool, folder, limit)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(report.page(url)) for url in urls]
    totals = {"pages": 0, "population": 0, "cities": []}
    for task in tasks:
        page = task.result()
        totals["pages"] += 1
        totals["population"] += page["population"]
        totals["cities"].append(page["name"])
    return totals
