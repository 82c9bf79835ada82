# verdict: passed
# comes near: shared-connection, sequential-awaits, too-little-concurrency
# One connection serves many countries, awaited in a plain loop: but by one worker each, as many as the pool may have.
import asyncio

import asyncpg


async def reports(pool: asyncpg.Pool, countries: list[str]) -> dict[str, dict]:
    """As many workers as connections; each keeps its connection and its prepared statement until nothing is left."""
    found = dict.fromkeys(countries)
    left = iter(countries)  # one iterator for all: a worker draws its next country the moment that it is free

    async def worker() -> None:
        async with pool.acquire() as connection:
            statement = await connection.prepare("SELECT * FROM country_report($1)")
            for country in left:
                found[country] = dict(await statement.fetchrow(country))

    async with asyncio.TaskGroup() as group:
        for _ in range(pool.get_max_size()):
            group.create_task(worker())
    return found
