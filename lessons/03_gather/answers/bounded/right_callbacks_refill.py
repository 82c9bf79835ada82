# verdict: passed
# No worker at all: the end of each job starts the next one.
import asyncio


def bounded(jobs, limit):
    return Refill(iter(jobs), limit).run()


class Refill:
    def __init__(self, jobs, limit):
        self.jobs, self.limit = jobs, limit
        self.running, self.results, self.failed = {}, {}, None
        self.changed = asyncio.Event()

    def start_next(self):
        if self.failed is None and (job := next(self.jobs, None)):
            task = asyncio.create_task(job())
            self.running[task] = len(self.results) + len(self.running)
            task.add_done_callback(self.ended)

    def ended(self, task):
        number = self.running.pop(task)
        if task.cancelled() or task.exception():
            self.failed = self.failed or (None if task.cancelled() else task.exception())
        else:
            self.results[number] = task.result()
        self.start_next()
        self.changed.set()

    async def run(self):
        for _ in range(self.limit):
            self.start_next()
        try:
            while self.running and not self.failed:
                self.changed.clear()
                await self.changed.wait()
        finally:
            self.jobs = iter(())
            left = list(self.running)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
        if self.failed:
            raise self.failed
        return [self.results[number] for number in range(len(self.results))]
