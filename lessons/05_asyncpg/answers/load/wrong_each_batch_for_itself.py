# verdict: failed
# mistakes: not-atomic
# Batches without a transaction around them: those before the bad row stay.
from itertools import islice


async def load(pool, rows):
    rows, total = iter(rows), 0
    async with pool.acquire() as connection:
        while batch := list(islice(rows, 2000)):
            await connection.copy_records_to_table("readings", records=batch)
            total += len(batch)
    return total
