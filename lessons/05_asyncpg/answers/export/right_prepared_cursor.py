# verdict: passed
# A cursor of a prepared statement, sorted, with a class that takes the rows.
import inspect


class Exporter:
    def __init__(self, write):
        self.write, self.count = write, 0

    async def take(self, row):
        result = self.write(row)
        if inspect.isawaitable(result):
            await result
        self.count += 1


async def export(pool, write):
    exporter = Exporter(write)
    async with pool.acquire() as connection:
        statement = await connection.prepare("SELECT * FROM readings ORDER BY taken_at")
        async with connection.transaction():
            async for record in statement.cursor(prefetch=300):
                await exporter.take(tuple(record))
    return exporter.count
