# verdict: passed
# A class with methods, plain gather, totals counted as pages come (no await between reading and writing).
import asyncio
import math
from pathlib import Path

import aiohttp

HEIGHTS = (0, -6, -12, -18)


def daylight(latitude):
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
    sun, twilight, night = daylight(page["latitude"])
    row = (page["id"], page["name"], sun, twilight, night, page["token"])
    return row, f"{page['name']} ({page['country']}): {sun} h of sun, {twilight} h of twilight\n{page['token']}\n"


INSERT = "INSERT INTO daylight VALUES ($1, $2, $3, $4, $5, $6)"


class Report:
    def __init__(self, session, pool, folder, limit):
        self.session, self.pool, self.folder = session, pool, Path(folder)
        self.gate = asyncio.BoundedSemaphore(limit)
        self.totals = {"pages": 0, "population": 0}

    async def fetch(self, url):
        async with self.gate:
            async with self.session.get(url, raise_for_status=True) as response:
                return await response.json()

    async def one(self, url):
        page = await self.fetch(url)
        row, text = describe(page)
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(INSERT, *row)
        self.folder.joinpath(f"{page['id']}.txt").write_bytes(text.encode())
        self.totals["pages"] += 1
        self.totals["population"] += page["population"]
        return page["name"]


async def build_report(urls, pool, folder, limit):
    Path(folder).mkdir(parents=True, exist_ok=True)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        report = Report(session, pool, folder, limit)
        names = await asyncio.gather(*[report.one(url) for url in urls])
    return {**report.totals, "cities": names}
