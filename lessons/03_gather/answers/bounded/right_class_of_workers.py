# verdict: passed
# A class; its workers share one iterator under a lock that nobody needs.
import asyncio


class Crew:
    def __init__(self, jobs, size):
        self.jobs = enumerate(jobs)
        self.size = size
        self.lock = asyncio.Lock()
        self.found = []

    async def next(self):
        async with self.lock:
            return next(self.jobs, None)

    async def work(self):
        while (pair := await self.next()) is not None:
            number, job = pair
            self.found.append((number, await job()))

    async def run(self):
        async with asyncio.TaskGroup() as group:
            for _ in range(self.size):
                group.create_task(self.work())
        return [result for _, result in sorted(self.found, key=lambda pair: pair[0])]


async def bounded(jobs, limit):
    return await Crew(jobs, limit).run()
