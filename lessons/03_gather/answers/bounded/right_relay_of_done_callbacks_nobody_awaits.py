# verdict: passed
# comes near: lost-task, leaked-tasks
# A task a job that nobody awaits, started by the end of another; but at most `limit` exist, all held, asked and ended.
import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any


class Relay:
    """Whoever ends hands its place on to the next job."""

    def __init__(self, jobs: Iterator[Callable[[], Awaitable[Any]]]) -> None:
        self.numbered = enumerate(jobs)
        self.running: dict[asyncio.Future[Any], int] = {}
        self.results: dict[int, Any] = {}
        self.failure: BaseException | None = None
        self.over = asyncio.get_running_loop().create_future()

    def start_one(self) -> None:
        try:
            number, job = next(self.numbered)
            task = asyncio.ensure_future(job())
        except StopIteration:
            if not self.running:
                self.finish()
        except Exception as error:
            self.finish(error)
        else:
            self.running[task] = number
            task.add_done_callback(self.ended)

    def ended(self, task: "asyncio.Future[Any]") -> None:
        number = self.running.pop(task)
        failure = asyncio.CancelledError() if task.cancelled() else task.exception()
        if failure is not None:
            self.finish(failure)
        elif not self.over.done():  # once it is over, nobody starts any more
            self.results[number] = task.result()
            self.start_one()

    def finish(self, failure: BaseException | None = None) -> None:
        if not self.over.done():
            self.failure = failure
            self.over.set_result(None)

    async def run(self, limit: int) -> list[Any]:
        for _ in range(limit):
            self.start_one()
        try:
            await self.over
        finally:
            rest = list(self.running)
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)
        if self.failure is not None:
            raise self.failure
        return [self.results[number] for number in range(len(self.results))]


async def bounded(jobs: Iterator[Callable[[], Awaitable[Any]]], limit: int) -> list[Any]:
    return await Relay(jobs).run(limit)
