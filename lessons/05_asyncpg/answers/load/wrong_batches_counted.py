# verdict: failed
# mistakes: wrong-result
# It returns the number of batches.
from itertools import islice


async def load(pool, rows):
    rows, count = iter(rows), 0
    async with pool.acquire() as connection, connection.transaction():
        while batch := list(islice(rows, 1000)):
            await connection.copy_records_to_table("readings", records=batch)
            count += 1
    return count
