# verdict: passed
# A class with a future that the last job's callback sets; older forms throughout.
import asyncio


class Gathering:
    def __init__(self, jobs):
        self.loop = asyncio.get_event_loop()
        self.over = self.loop.create_future()
        self.found = [None] * len(jobs)
        self.tasks = []
        for number, job in enumerate(jobs):
            task = asyncio.ensure_future(job())
            task.add_done_callback(lambda done, number=number: self.take(number, done))
            self.tasks.append(task)
        self.missing = len(self.tasks)

    def take(self, number, task):
        try:
            self.found[number] = task.result()
        except BaseException as error:  # of the task, not of us: a callback is never cancelled
            self.found[number] = error
        self.missing -= 1
        if not self.missing and not self.over.done():
            self.over.set_result(None)

    async def wait(self):
        try:
            await asyncio.shield(self.over)
        except asyncio.CancelledError:
            for task in self.tasks:
                task.cancel()
            await self.over
            raise
        return self.found


async def outcomes(jobs):
    return await Gathering(jobs).wait()
