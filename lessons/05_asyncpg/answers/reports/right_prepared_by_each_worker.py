# verdict: passed
# A class; its workers draw from one iterator, and each prepares the statement once on its connection.
import asyncio


class Reporter:
    def __init__(self, pool, countries):
        self.pool = pool
        self.todo = iter(countries)  # shared by the workers: next() of it has no await inside
        self.done = {}

    async def work(self):
        async with self.pool.acquire() as connection:
            report = await connection.prepare("SELECT * FROM country_report($1)")
            for country in self.todo:
                self.done[country] = dict(await report.fetchrow(country))

    async def run(self):
        async with asyncio.TaskGroup() as group:
            for _ in range(self.pool.get_size()):
                group.create_task(self.work())
        return self.done


async def reports(pool, countries):
    return await Reporter(pool, countries).run()
