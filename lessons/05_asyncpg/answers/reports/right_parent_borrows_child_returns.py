# verdict: passed
# comes near: sequential-awaits, leaked-connections
# acquire is awaited in a plain loop, outside any async with; each query runs in a task, and every way out gives back.
import asyncio

import asyncpg

QUERY = "SELECT * FROM country_report($1)"


async def reports(pool: asyncpg.Pool, countries: list[str]) -> dict[str, dict]:
    """The caller of acquire waits for the next free connection, and hands it to the task that uses it."""
    found: dict[str, dict] = {}
    lent = set()

    async def report(connection, country: str) -> None:
        try:
            found[country] = dict(await connection.fetchrow(QUERY, country))
        finally:
            lent.discard(connection)
            await pool.release(connection)

    try:
        async with asyncio.TaskGroup() as group:
            for country in countries:
                connection = await pool.acquire()  # waits only while every connection is at work
                lent.add(connection)
                group.create_task(report(connection, country))
    finally:
        for connection in list(lent):  # those whose task was cancelled before its first step
            await pool.release(connection)
    return found
