# verdict: failed
# mistakes: wrong-result
# The library's own Records are handed on, where tuples are asked for.
import inspect


async def export(pool, write):
    count = 0
    async with pool.acquire() as connection, connection.transaction():
        async for record in connection.cursor("SELECT * FROM readings", prefetch=500):
            result = write(record)
            if inspect.isawaitable(result):
                await result
            count += 1
    return count
