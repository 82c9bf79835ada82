# verdict: passed
# comes near: leaked-connections, everything-in-memory
# The connection is borrowed inside an async generator that a cancel may leave half way: aclosing ends it there.
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

import asyncpg


async def batches(pool: asyncpg.Pool, size: int) -> AsyncGenerator[list[asyncpg.Record], None]:
    """The rows of readings, so many at a time. Who stops before the end has to close it."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        cursor = await connection.cursor("SELECT id, station, taken_at, value FROM readings")
        while rows := await cursor.fetch(size):
            yield rows


async def export(pool: asyncpg.Pool, write: Callable) -> int:
    """Writes the rows as they come; the generator is closed on every way out, and with it its transaction."""
    count = 0
    async with aclosing(batches(pool, 800)) as stream:
        async for rows in stream:
            for row in map(tuple, rows):
                written = write(row)
                if hasattr(written, "__await__"):
                    await written
            count += len(rows)
    return count
