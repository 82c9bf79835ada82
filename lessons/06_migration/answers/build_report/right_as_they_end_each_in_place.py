# verdict: passed
# comes near: results-out-of-order, cpu-burst, lost-task
# Pages are computed in one loop, in the order of ending, with no group: each keeps its place, a breath follows each.
import asyncio
import json
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


INSERT = "INSERT INTO daylight VALUES ($1, $2, $3, $4, $5, $6)"


async def fetch(session, slots, place, url):
    """One page, with its place among the urls."""
    async with slots, session.get(url) as response:
        response.raise_for_status()
        return place, json.loads(await response.read())


async def build_report(urls: list[str], pool, folder: str, limit: int) -> dict:
    """Takes the pages as they come in, whichever is first; every row is stored by a task while the next is computed."""
    os.makedirs(folder, exist_ok=True)
    slots = asyncio.Semaphore(limit)
    cities, population = {}, 0
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=limit))
    fetching, storing = [], []
    try:
        fetching += [asyncio.create_task(fetch(session, slots, place, url)) for place, url in enumerate(urls)]
        for ended in asyncio.as_completed(fetching):
            place, page = await ended
            row, text = describe(page)
            with open(os.path.join(folder, f"{page['id']}.txt"), "w", encoding="utf-8") as file:
                file.write(text)
            storing.append(asyncio.create_task(pool.execute(INSERT, *row)))
            cities[place] = page["name"]
            population += page["population"]
            await asyncio.sleep(0)  # the next page may be there already: then await ended does not wait
        await asyncio.gather(*storing)
    finally:
        started = fetching + storing
        for task in started:
            task.cancel()  # does nothing to those that have ended
        await asyncio.gather(*started, return_exceptions=True)
        await session.close()
    return {"pages": len(cities), "population": population, "cities": [cities[place] for place in range(len(urls))]}
