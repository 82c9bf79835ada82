# verdict: failed
# mistakes: not-atomic
# Several connections load side by side: each commits for itself, so half of it can stay.
import asyncio
from itertools import islice


async def load(pool, rows):
    rows, counts = iter(rows), []

    async def worker():
        async with pool.acquire() as connection:
            while batch := list(islice(rows, 1000)):
                await connection.copy_records_to_table("readings", records=batch)
                counts.append(len(batch))

    async with asyncio.TaskGroup() as group:
        for _ in range(pool.get_size()):
            group.create_task(worker())
    return sum(counts)
