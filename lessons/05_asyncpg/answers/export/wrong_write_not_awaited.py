# verdict: failed
# mistakes: never-awaited
# A write that is a coroutine function is called and never awaited.
async def export(pool, write):
    count = 0
    async with pool.acquire() as connection, connection.transaction():
        async for record in connection.cursor("SELECT * FROM readings", prefetch=500):
            write(tuple(record))
            count += 1
    return count
