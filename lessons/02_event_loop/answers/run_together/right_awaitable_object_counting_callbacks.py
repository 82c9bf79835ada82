# verdict: passed
# comes near: never-awaited, lost-exception, lost-task
# A plain def gives an object with __await__, and callbacks count the ends, but each task is held, ended and asked.
import asyncio
from collections.abc import Callable, Coroutine, Generator
from typing import Any


class Together:
    """Awaiting it runs all jobs."""

    def __init__(self, jobs: list[Callable[[], Coroutine[Any, Any, Any]]]) -> None:
        self.jobs = jobs
        self.left = len(jobs)

    def __await__(self) -> Generator[Any, None, list[Any]]:
        return self.run().__await__()

    async def run(self) -> list[Any]:
        if not self.jobs:
            return []
        self.over = asyncio.get_running_loop().create_future()
        tasks = [asyncio.create_task(job()) for job in self.jobs]
        for task in tasks:
            task.add_done_callback(self.ended)
        try:
            broken = await self.over
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if broken is not None:
            broken.result()  # raises what the first one that failed has raised
        return [task.result() for task in tasks]

    def ended(self, task: "asyncio.Task[Any]") -> None:
        self.left -= 1
        failed = task.cancelled() or task.exception() is not None
        if not self.over.done() and (failed or not self.left):
            self.over.set_result(task if failed else None)


def run_together(jobs: list[Callable[[], Coroutine[Any, Any, Any]]]) -> Together:
    return Together(jobs)
