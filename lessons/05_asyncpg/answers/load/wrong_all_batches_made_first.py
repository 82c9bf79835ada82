# verdict: failed
# mistakes: everything-in-memory
# In batches, but all batches are made before the first one is sent.
from itertools import islice


async def load(pool, rows):
    rows = iter(rows)
    batches = []
    while batch := list(islice(rows, 1000)):
        batches.append(batch)
    async with pool.acquire() as connection, connection.transaction():
        for batch in batches:
            await connection.executemany("INSERT INTO readings VALUES ($1, $2, $3, $4)", batch)
    return sum(map(len, batches))
