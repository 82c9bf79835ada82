# verdict: passed
# A task a country; the pool is the limit.
import asyncio


async def reports(pool, countries):
    found = {}

    async def one(country):
        async with pool.acquire() as connection:
            row = await connection.fetchrow("SELECT * FROM country_report($1)", country)
        found[country] = dict(row)

    async with asyncio.TaskGroup() as group:
        for country in countries:
            group.create_task(one(country))
    return found
