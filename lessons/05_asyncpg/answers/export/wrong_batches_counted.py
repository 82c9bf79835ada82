# verdict: failed
# mistakes: wrong-result
# It returns the number of batches.
import inspect


async def export(pool, write):
    batches = 0
    async with pool.acquire() as connection, connection.transaction():
        cursor = await connection.cursor("SELECT * FROM readings")
        while batch := await cursor.fetch(1000):
            for record in batch:
                result = write(tuple(record))
                if inspect.isawaitable(result):
                    await result
            batches += 1
    return batches
