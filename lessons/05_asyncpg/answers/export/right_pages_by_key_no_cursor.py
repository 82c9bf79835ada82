# verdict: passed
# comes near: everything-in-memory, never-awaited
# There is fetch and no cursor, and write is called without await; a page has 1000 rows, and what can be awaited is.
from collections.abc import Awaitable, Callable

import asyncpg

FIRST = "SELECT id, station, taken_at, value FROM readings ORDER BY id LIMIT 1000"
AFTER = "SELECT id, station, taken_at, value FROM readings WHERE id > $1 ORDER BY id LIMIT 1000"


async def export(pool: asyncpg.Pool, write: Callable) -> int:
    """Page by page along the key; no connection is held while a page is written."""
    count = 0
    page = await pool.fetch(FIRST)
    while page:
        for record in page:
            result = write(tuple(record))
            if isinstance(result, Awaitable):
                await result
        count += len(page)
        page = await pool.fetch(AFTER, page[-1]["id"])
    return count
