# verdict: failed
# mistakes: not-atomic
# A transaction a batch instead of one around all.
from itertools import islice


async def load(pool, rows):
    rows, total = iter(rows), 0
    async with pool.acquire() as connection:
        while batch := list(islice(rows, 500)):
            async with connection.transaction():
                await connection.executemany("INSERT INTO readings VALUES ($1, $2, $3, $4)", batch)
            total += len(batch)
    return total
