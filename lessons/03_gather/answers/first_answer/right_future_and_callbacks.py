# verdict: passed
# A future that the first good callback sets, a timer of the loop, a class around both.
import asyncio


class Race:
    def __init__(self, mirrors, deadline):
        self.loop = asyncio.get_running_loop()
        self.winner = self.loop.create_future()
        self.timer = self.loop.call_later(deadline, self.too_late)
        self.tasks = [self.loop.create_task(mirror()) for mirror in mirrors]
        self.open = len(self.tasks)
        for task in self.tasks:
            task.add_done_callback(self.ended)

    def too_late(self):
        if not self.winner.done():
            self.winner.set_exception(TimeoutError())

    def ended(self, task):
        self.open -= 1
        failed = task.cancelled() or task.exception()
        if self.winner.done():
            return
        if not failed:
            self.winner.set_result(task.result())
        elif not self.open:
            self.winner.set_exception(RuntimeError("no mirror is left"))

    async def __aenter__(self):
        return self.winner

    async def __aexit__(self, *_):
        self.timer.cancel()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def first_answer(mirrors, deadline):
    async with Race(mirrors, deadline) as winner:
        return await winner
