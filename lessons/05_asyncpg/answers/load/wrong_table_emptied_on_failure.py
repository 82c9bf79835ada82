# verdict: failed
# mistakes: not-atomic
# In the place of a rollback the table is emptied, with what was in it before.
from itertools import islice


async def load(pool, rows):
    rows, total = iter(rows), 0
    async with pool.acquire() as connection:
        try:
            while batch := list(islice(rows, 2000)):
                await connection.copy_records_to_table("readings", records=batch)
                total += len(batch)
        except BaseException:
            await connection.execute("TRUNCATE readings")
            raise
    return total
