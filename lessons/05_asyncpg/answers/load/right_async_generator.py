# verdict: passed
# COPY from an async generator that lets the loop in.
import asyncio


async def load(pool, rows):
    count = 0

    async def paced():
        nonlocal count
        for row in rows:
            count += 1
            if count % 500 == 0:
                await asyncio.sleep(0)  # let others in
            yield row

    async with pool.acquire() as connection:
        async with connection.transaction():
            await connection.copy_records_to_table(
                "readings", records=paced(), columns=["id", "station", "taken_at", "value"]
            )
    return count
