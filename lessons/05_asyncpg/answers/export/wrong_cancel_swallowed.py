# verdict: failed
# mistakes: swallowed-cancel
# A cancel is caught, and the rows so far are returned as if they were all.
import asyncio
import inspect


async def export(pool, write):
    count = 0
    try:
        async with pool.acquire() as connection, connection.transaction():
            async for record in connection.cursor("SELECT * FROM readings", prefetch=500):
                result = write(tuple(record))
                if inspect.isawaitable(result):
                    await result
                count += 1
    except asyncio.CancelledError:
        pass
    return count
