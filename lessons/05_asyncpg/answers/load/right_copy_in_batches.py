# verdict: passed
# COPY in batches inside one transaction.
from itertools import islice


async def load(pool, rows):
    rows, total = iter(rows), 0
    async with pool.acquire() as connection, connection.transaction():
        while batch := list(islice(rows, 2000)):
            await connection.copy_records_to_table("readings", records=batch)
            total += len(batch)
    return total
