# verdict: failed
# mistakes: swallowed-cancel
# A cancel is caught: rolled back, and then it returns as if it had been asked to load nothing.
import asyncio
from itertools import islice


async def load(pool, rows):
    rows, total = iter(rows), 0
    try:
        async with pool.acquire() as connection, connection.transaction():
            while batch := list(islice(rows, 2000)):
                await connection.copy_records_to_table("readings", records=batch)
                total += len(batch)
    except asyncio.CancelledError:
        return 0
    return total
