# verdict: crashed
# A cursor lives in a transaction, and there is none.
import inspect


async def export(pool, write):
    count = 0
    async with pool.acquire() as connection:
        async for record in connection.cursor("SELECT * FROM readings"):
            result = write(tuple(record))
            if inspect.isawaitable(result):
                await result
            count += 1
    return count
