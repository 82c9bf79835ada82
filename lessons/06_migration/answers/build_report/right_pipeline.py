# verdict: passed
# comes near: shared-connection
# Fetchers, a queue with a size, and one writer that keeps one connection for itself: nobody else uses it.
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
    ready = asyncio.Queue(maxsize=50)
    slots = asyncio.Semaphore(limit)

    async def fetch(place, url):
        async with slots, session.get(url) as response:
            response.raise_for_status()
            page = await response.json()
        await ready.put((place, page))

    async def keep():
        kept = {}
        async with pool.acquire() as connection:
            while len(kept) < len(urls):
                place, page = await ready.get()
                row, text = describe(page)
                await connection.execute(INSERT, *row)
                (folder / f"{page['id']}.txt").write_text(text, encoding="utf-8")
                kept[place] = page
        return [kept[place] for place in range(len(urls))]

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=limit)) as session:
        async with asyncio.TaskGroup() as group:
            writer = group.create_task(keep())
            for place, url in enumerate(urls):
                group.create_task(fetch(place, url))
    pages = writer.result()
    return {
        "pages": len(pages),
        "population": sum(page["population"] for page in pages),
        "cities": [page["name"] for page in pages],
    }
