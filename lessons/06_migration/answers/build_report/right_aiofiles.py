# verdict: passed
# Files by aiofiles (its threads are nobody's harm); the connector alone is the limit.
import asyncio
import math
from pathlib import Path

import aiofiles
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


async def one(url, session, pool, folder):
    async with session.get(url) as response:
        page = await response.json()
    row, text = describe(page)
    await pool.execute(INSERT, *row)
    async with aiofiles.open(folder / f"{page['id']}.txt", "w", encoding="utf-8") as file:
        await file.write(text)
    return page


async def build_report(urls, pool, folder, limit):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    connector = aiohttp.TCPConnector(limit=limit)
    async with aiohttp.ClientSession(connector=connector, raise_for_status=True) as session:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(url, session, pool, folder)) for url in urls]
    pages = [task.result() for task in tasks]
    return {
        "pages": len(pages),
        "population": sum(p["population"] for p in pages),
        "cities": [p["name"] for p in pages],
    }
