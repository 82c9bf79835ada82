# verdict: passed
# As many workers as the pool has connections; each keeps one for its whole life.
import asyncio
from asyncio import Queue, QueueEmpty


async def worker(pool, todo: Queue, done: dict) -> None:
    async with pool.acquire() as connection:
        while True:
            try:
                country = todo.get_nowait()
            except QueueEmpty:
                return
            done[country] = dict(await connection.fetchrow("SELECT * FROM country_report($1)", country))


async def reports(pool, countries):
    todo, done = Queue(), {}
    for country in countries:
        todo.put_nowait(country)
    async with asyncio.TaskGroup() as group:
        for _ in range(pool.get_max_size()):
            group.create_task(worker(pool, todo, done))
    return done
