# verdict: failed
# mistakes: swallowed-exception
# A savepoint a batch, and a batch that fails is skipped with a printed line.
from itertools import islice


async def load(pool, rows):
    total = 0
    rows = iter(rows)
    async with pool.acquire() as connection, connection.transaction():
        while True:
            try:
                batch = list(islice(rows, 1000))
                if not batch:
                    break
                async with connection.transaction():
                    await connection.copy_records_to_table("readings", records=batch)
                total += len(batch)
            except Exception as error:
                print("skipped:", error)
    return total
