# verdict: passed
# comes near: everything-in-memory
# A task reads while rows are written: the group ends it with the rest, and a queue of two keeps it from running ahead.
import asyncio
import inspect
from collections.abc import Callable

import asyncpg

QUERY = "SELECT id, station, taken_at, value FROM readings"


async def read(pool: asyncpg.Pool, batches: asyncio.Queue) -> None:
    """Puts the table into the queue, batch by batch, and None at its end."""
    async with pool.acquire() as connection, connection.transaction():
        cursor = await connection.cursor(QUERY)
        while batch := await cursor.fetch(500):
            await batches.put(batch)  # waits while two are there already
    await batches.put(None)


async def export(pool: asyncpg.Pool, write: Callable) -> int:
    """Reading and writing overlap: the next batch is on its way while this one is written."""
    count, batches = 0, asyncio.Queue(maxsize=2)
    async with asyncio.TaskGroup() as group:
        group.create_task(read(pool, batches))
        while batch := await batches.get():
            for record in batch:
                result = write(tuple(record))
                if inspect.isawaitable(result):
                    await result
            count += len(batch)
    return count
