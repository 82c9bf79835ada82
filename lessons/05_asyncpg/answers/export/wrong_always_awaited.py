# verdict: crashed
# A plain write gives None, and None can't be awaited.
async def export(pool, write):
    count = 0
    async with pool.acquire() as connection, connection.transaction():
        async for record in connection.cursor("SELECT * FROM readings", prefetch=500):
            await write(tuple(record))
            count += 1
    return count
