# verdict: failed
# mistakes: everything-in-memory
# The whole table is fetched before the first row is written.
import inspect


async def export(pool, write):
    rows = await pool.fetch("SELECT * FROM readings")
    for row in rows:
        result = write(tuple(row))
        if inspect.isawaitable(result):
            await result
    return len(rows)
