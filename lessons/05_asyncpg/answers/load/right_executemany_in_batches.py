# verdict: passed
# executemany in batches; the transaction begun, committed and rolled back by hand.
from itertools import islice


async def load(pool, rows):
    connection = await pool.acquire()
    try:
        transaction = connection.transaction()
        await transaction.start()
        try:
            total, rows = 0, iter(rows)
            while batch := tuple(islice(rows, 1000)):
                await connection.executemany("INSERT INTO readings VALUES ($1, $2, $3, $4)", batch)
                total += len(batch)
        except BaseException:
            await transaction.rollback()
            raise
        await transaction.commit()
        return total
    finally:
        await pool.release(connection)
