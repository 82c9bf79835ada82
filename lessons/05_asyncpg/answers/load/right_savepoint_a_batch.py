# verdict: passed
# comes near: not-atomic
# A transaction inside the transaction a batch: savepoints, which end with the outer one.
import itertools


def batches(rows, size):
    rows = iter(rows)
    return iter(lambda: list(itertools.islice(rows, size)), [])


async def load(pool, rows):
    total = 0
    async with pool.acquire() as connection:
        async with connection.transaction():
            for batch in batches(rows, 3000):
                async with connection.transaction():  # a savepoint: it goes when the outer one goes
                    await connection.copy_records_to_table("readings", records=batch)
                total += len(batch)
    return total
