# verdict: failed
# mistakes: wrong-result
# Each page begins with the last row of the one before.
import inspect


async def export(pool, write):
    count, last = 0, 0
    while rows := await pool.fetch("SELECT * FROM readings WHERE id >= $1 ORDER BY id LIMIT 1000", last):
        for row in rows:
            result = write(tuple(row))
            if inspect.isawaitable(result):
                await result
            count += 1
        if len(rows) < 1000:
            break
        last = rows[-1]["id"]
    return count
