# verdict: timed_out
# mistakes: deadlock
# Each task holds a connection and asks for a second one: all hold, all wait.
import asyncio


async def reports(pool, countries):
    async def name_of(country):
        async with pool.acquire() as connection:
            return await connection.fetchval("SELECT name FROM countries WHERE code = $1", country)

    async def one(country):
        async with pool.acquire() as connection:
            name = await name_of(country)  # holds one connection and waits for another
            row = await connection.fetchrow("SELECT * FROM country_report($1)", country)
            return dict(row) | {"name": name}

    found = await asyncio.gather(*map(one, countries))
    return dict(zip(countries, found))
