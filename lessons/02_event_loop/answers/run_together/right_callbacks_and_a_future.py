# verdict: passed
# comes near: lost-task, lost-exception
# As the loop does it inside: done-callbacks count down, one future says when the last has ended.
import asyncio


class Together:
    def __init__(self, jobs):
        loop = asyncio.get_running_loop()
        self.over = loop.create_future()
        self.tasks = [loop.create_task(job()) for job in jobs]
        self.left = len(self.tasks)
        for task in self.tasks:
            task.add_done_callback(self.one_less)

    def one_less(self, task):
        self.left -= 1
        if self.over.done() or task.cancelled():
            return
        if error := task.exception():
            self.over.set_exception(error)
        elif not self.left:
            self.over.set_result([task.result() for task in self.tasks])

    async def results(self):
        try:
            return await self.over if self.tasks else []
        finally:
            for task in self.tasks:
                task.cancel()
            await asyncio.gather(*self.tasks, return_exceptions=True)


async def run_together(jobs):
    return await Together(jobs).results()
