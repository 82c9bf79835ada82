# verdict: passed
# One INSERT a batch, from four arrays.
from itertools import islice

SQL = """
INSERT INTO readings (id, station, taken_at, value)
SELECT * FROM unnest($1::bigint[], $2::int[], $3::timestamptz[], $4::float8[])
"""


async def load(pool, rows):
    rows, loaded = iter(rows), 0
    async with pool.acquire() as connection:
        async with connection.transaction():
            insert = await connection.prepare(SQL)
            while batch := list(islice(rows, 1500)):
                await insert.fetch(*map(list, zip(*batch)))
                loaded += len(batch)
    return loaded
