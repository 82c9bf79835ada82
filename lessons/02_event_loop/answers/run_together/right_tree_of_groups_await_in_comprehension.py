# verdict: passed
# comes near: sequential-awaits, lost-exception
# `[await job() for job in jobs]` stands there, but for a list of at most one: halves of longer lists run as tasks.
import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


async def run_together(jobs: list[Callable[[], Coroutine[Any, Any, Any]]]) -> list[Any]:
    if len(jobs) <= 1:
        return [await job() for job in jobs]
    middle = len(jobs) // 2
    async with asyncio.TaskGroup() as group:
        left = group.create_task(run_together(jobs[:middle]))
        right = group.create_task(run_together(jobs[middle:]))
    return left.result() + right.result()
