# verdict: passed
# async for over a cursor that fetches 500 rows at a time; what write gives is awaited if it can be.
import inspect


async def export(pool, write):
    count = 0
    async with pool.acquire() as connection, connection.transaction():
        async for record in connection.cursor("SELECT * FROM readings", prefetch=500):
            result = write(tuple(record))
            if inspect.isawaitable(result):
                await result
            count += 1
    return count
