# verdict: passed
# comes near: not-atomic, row-by-row
# Batch after batch in a transaction of its own, it seems; they are savepoints inside one transaction around them all.
from collections.abc import Iterator
from itertools import islice

import asyncpg

BATCH = 5000


async def load_batch(connection, rows: Iterator[tuple]) -> int:
    """The next batch of rows, drawn while it is sent; 0 when nothing is left."""
    async with connection.transaction():  # inside another one this is a savepoint: nothing is committed by it
        said = await connection.copy_records_to_table("readings", records=islice(rows, BATCH))
    return int(said.rpartition(" ")[2])


async def load(pool: asyncpg.Pool, rows: Iterator[tuple]) -> int:
    """Loads rows by one COPY for each batch, all of them in one transaction."""
    rows, loaded = iter(rows), 0
    async with pool.acquire() as connection, connection.transaction():
        while count := await load_batch(connection, rows):
            loaded += count
    return loaded
