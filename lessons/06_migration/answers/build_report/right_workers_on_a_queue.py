# verdict: passed
# As many workers as the limit take urls from a queue; places in a list keep the order.
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


async def build_report(urls, pool, folder, limit):
    Path(folder).mkdir(parents=True, exist_ok=True)
    queue = asyncio.Queue()
    for item in enumerate(urls):
        queue.put_nowait(item)
    found = [None] * len(urls)

    async def worker(session):
        while not queue.empty():
            place, url = queue.get_nowait()
            async with session.get(url) as response:
                response.raise_for_status()
                page = await response.json()
            row, text = describe(page)
            await pool.execute(INSERT, *row)
            with open(Path(folder) / f"{page['id']}.txt", "w", encoding="utf-8") as file:
                file.write(text)
            found[place] = page

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=limit)) as session:
        async with asyncio.TaskGroup() as group:
            for _ in range(limit):
                group.create_task(worker(session))
    return {
        "pages": len(found),
        "population": sum(page["population"] for page in found),
        "cities": [page["name"] for page in found],
    }
