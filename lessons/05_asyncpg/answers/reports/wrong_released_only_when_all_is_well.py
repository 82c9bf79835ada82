# verdict: failed
# mistakes: leaked-connections
# A query that fails, or a cancel, keeps its connection: there is no finally.
import asyncio


async def reports(pool, countries):
    async def one(country):
        connection = await pool.acquire()
        row = await connection.fetchrow("SELECT * FROM country_report($1)", country)
        await pool.release(connection)
        return dict(row)

    async with asyncio.TaskGroup() as group:
        tasks = {country: group.create_task(one(country)) for country in countries}
    return {country: task.result() for country, task in tasks.items()}
