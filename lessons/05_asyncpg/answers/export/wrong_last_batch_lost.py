# verdict: failed
# mistakes: wrong-result
# The last batch isn't full, and so it is never written.
import inspect


async def export(pool, write):
    count = 0
    async with pool.acquire() as connection, connection.transaction():
        cursor = await connection.cursor("SELECT * FROM readings")
        while len(batch := await cursor.fetch(1000)) == 1000:
            for record in batch:
                result = write(tuple(record))
                if inspect.isawaitable(result):
                    await result
                count += 1
    return count
