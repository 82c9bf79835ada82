# verdict: failed
# mistakes: too-little-concurrency
# One connection is held around it all and does nothing: one fewer than the pool has.
import asyncio


async def reports(pool, countries):
    found, todo = {}, list(countries)

    async def work(connection):
        while todo:
            country = todo.pop()
            found[country] = dict(await connection.fetchrow("SELECT * FROM country_report($1)", country))

    async def worker():
        async with pool.acquire() as connection:
            await work(connection)

    async with pool.acquire(), asyncio.TaskGroup() as group:  # this one is held and does nothing
        for _ in range(pool.get_size() - 1):
            group.create_task(worker())
    return found
