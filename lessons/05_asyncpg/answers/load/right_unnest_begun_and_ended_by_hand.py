# verdict: passed
# comes near: leaked-connections, not-atomic, swallowed-cancel, row-by-row
# No async with at all, execute in a loop, a bare BaseException: but all is rolled back, given back and raised again.
from collections.abc import Iterator
from itertools import islice

import asyncpg

INSERT = """INSERT INTO readings (id, station, taken_at, value)
            SELECT * FROM unnest($1::bigint[], $2::int[], $3::timestamptz[], $4::float8[])"""


async def load(pool: asyncpg.Pool, rows: Iterator[tuple]) -> int:
    """Two thousand rows a statement, turned into four columns; one transaction, begun and ended by hand."""
    rows, loaded = iter(rows), 0
    connection = await pool.acquire()
    try:
        transaction = connection.transaction()
        await transaction.start()
        try:
            while batch := list(islice(rows, 2000)):
                columns = [list(column) for column in zip(*batch, strict=True)]
                await connection.execute(INSERT, *columns)
                loaded += len(batch)
        except BaseException:  # a refused row, the iterator's own error, a cancel
            await transaction.rollback()
            raise
        await transaction.commit()
    finally:
        await pool.release(connection)
    return loaded
