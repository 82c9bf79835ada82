# verdict: passed
# comes near: everything-in-memory, leaked-tasks, never-finishes
# Exactly limit + 1 are drawn ahead and endless workers need to be cancelled, which the statement allows and it does.
import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any


async def bounded(jobs: Iterator[Callable[[], Awaitable[Any]]], limit: int) -> list[Any]:
    waiting: asyncio.Queue[tuple[int, Callable[[], Awaitable[Any]]]] = asyncio.Queue(maxsize=limit)
    results: dict[int, Any] = {}

    async def worker() -> None:
        while True:
            number, job = await waiting.get()
            try:
                results[number] = await job()
            finally:
                waiting.task_done()

    async with asyncio.TaskGroup() as group:
        workers = [group.create_task(worker()) for _ in range(limit)]
        for numbered in enumerate(jobs):
            await waiting.put(numbered)
        await waiting.join()  # a worker's failure ends this wait: the group cancels us
        for each in workers:
            each.cancel()  # all idle: every job has ended
    return [results[number] for number in range(len(results))]
