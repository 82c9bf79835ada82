# verdict: passed
# comes near: not-atomic, everything-in-memory
# All rows go to another table first, and are stored a second time: on the server, and both steps in one transaction.
import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

import asyncpg


async def drawn(rows: Iterator[tuple]) -> AsyncGenerator[tuple, None]:
    """The same rows, with a turn for the loop now and then."""
    for number, row in enumerate(rows):
        if number % 1000 == 999:
            await asyncio.sleep(0)
        yield row


async def load(pool: asyncpg.Pool, rows: Iterator[tuple]) -> int:
    """COPY into a temporary table, from there into readings; the temporary table goes when the transaction ends."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("CREATE TEMPORARY TABLE readings_waiting (LIKE readings) ON COMMIT DROP")
        async with aclosing(drawn(rows)) as stream:
            await connection.copy_records_to_table("readings_waiting", records=stream)
        said = await connection.execute("INSERT INTO readings SELECT * FROM readings_waiting")
    return int(said.split()[-1])  # "INSERT 0 1234"
