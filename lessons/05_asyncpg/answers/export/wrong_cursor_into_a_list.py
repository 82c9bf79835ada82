# verdict: failed
# mistakes: everything-in-memory
# A cursor, and its rows are gathered in a list all the same.
import inspect


async def export(pool, write):
    async with pool.acquire() as connection, connection.transaction():
        rows = [tuple(record) async for record in connection.cursor("SELECT * FROM readings", prefetch=500)]
    for row in rows:
        result = write(row)
        if inspect.isawaitable(result):
            await result
    return len(rows)
