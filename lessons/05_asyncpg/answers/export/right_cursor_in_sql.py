# verdict: passed
# DECLARE and FETCH in plain SQL.
import inspect


async def export(pool, write):
    count = 0
    async with pool.acquire() as connection:
        async with connection.transaction():
            await connection.execute("DECLARE every NO SCROLL CURSOR FOR TABLE readings")
            while True:
                rows = await connection.fetch("FETCH 750 FROM every")
                if not rows:
                    return count
                for row in rows:
                    said = write((row["id"], row["station"], row["taken_at"], row["value"]))
                    if inspect.iscoroutine(said):
                        await said
                    count += 1
