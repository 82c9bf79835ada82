# verdict: failed
# mistakes: row-by-row
# A cursor, asked for one row at a time: a round trip for each.
import inspect


async def export(pool, write):
    count = 0
    async with pool.acquire() as connection, connection.transaction():
        cursor = await connection.cursor("SELECT * FROM readings")
        while record := await cursor.fetchrow():
            result = write(tuple(record))
            if inspect.isawaitable(result):
                await result
            count += 1
    return count
