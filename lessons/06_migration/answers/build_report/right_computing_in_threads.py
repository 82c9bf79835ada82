# verdict: passed
# comes near: threads-instead
# The computing and the file go to the default executor: threads that don't wait for pages are no mistake.
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
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    slots = asyncio.Semaphore(limit)

    def compute_and_write(page):
        row, text = describe(page)
        (folder / f"{page['id']}.txt").write_text(text, encoding="utf-8")
        return row

    async def one(url):
        async with slots, session.get(url) as response:
            response.raise_for_status()
            page = await response.json()
        row = await asyncio.to_thread(compute_and_write, page)
        await pool.execute(INSERT, *row)
        return page

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=limit)) as session:
        tasks = [asyncio.create_task(one(url)) for url in urls]
        try:
            pages = [await task for task in tasks]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    return {
        "pages": len(pages),
        "population": sum(p["population"] for p in pages),
        "cities": [p["name"] for p in pages],
    }
