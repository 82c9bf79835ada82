# verdict: failed
# mistakes: leaked-connections
# The connection is never given back.
import inspect


async def export(pool, write):
    connection = await pool.acquire()
    count = 0
    async with connection.transaction():
        async for record in connection.cursor("SELECT * FROM readings", prefetch=500):
            result = write(tuple(record))
            if inspect.isawaitable(result):
                await result
            count += 1
    return count
