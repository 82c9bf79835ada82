# verdict: failed
# mistakes: too-little-concurrency
# Three at a time, whatever the pool has.
import asyncio


async def reports(pool, countries):
    gate = asyncio.Semaphore(3)

    async def one(country):
        async with gate:
            return dict(await pool.fetchrow("SELECT * FROM country_report($1)", country))

    found = await asyncio.gather(*map(one, countries))
    return dict(zip(countries, found))
