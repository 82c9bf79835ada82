# verdict: passed
# comes near: chunked-gather, swallowed-exception
# It looks like batches of the pool's size with a wait for each, but every single end refills its place at once.
import asyncio
from itertools import islice

import asyncpg


async def reports(pool: asyncpg.Pool, countries: list[str]) -> dict[str, dict]:
    """A window of tasks, as wide as the pool: wait for whichever ends first, start as many as have ended."""

    async def ask(country: str) -> tuple[str, dict]:
        return country, dict(await pool.fetchrow("SELECT * FROM country_report($1)", country))

    found: dict[str, dict] = {}
    left = iter(countries)
    ended: set[asyncio.Task] = set()
    running = {asyncio.create_task(ask(country)) for country in islice(left, pool.get_max_size())}
    try:
        while running:
            ended, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            found.update(task.result() for task in ended)  # raises what a report raised
            running |= {asyncio.create_task(ask(country)) for country in islice(left, len(ended))}
    finally:
        for task in running:
            task.cancel()
        # What went wrong is on its way to the caller already: here only nobody is to be left behind.
        await asyncio.gather(*ended, *running, return_exceptions=True)
    return found
