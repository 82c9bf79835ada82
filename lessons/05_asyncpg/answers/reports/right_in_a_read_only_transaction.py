# verdict: passed
# Each in a transaction of its own and through a cursor: more than is needed, and right.
import asyncio


async def reports(pool, countries):
    async def one(country):
        async with pool.acquire() as connection, connection.transaction():
            cursor = await connection.cursor("SELECT * FROM country_report($1)", country)
            return dict(await cursor.fetchrow())

    async with asyncio.TaskGroup() as group:
        tasks = {country: group.create_task(one(country)) for country in countries}
    return {country: task.result() for country, task in tasks.items()}
