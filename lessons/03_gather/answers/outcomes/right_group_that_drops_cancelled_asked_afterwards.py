# verdict: passed
# comes near: one-failure-ends-all, swallowed-exception
# A TaskGroup ends all when one fails, but no failure gets out to it, and cancelled jobs it drops are asked afterwards.
import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


async def outcomes(jobs: list[Callable[[], Awaitable[Any]]]) -> list[Any]:
    async def failing_quietly(job: Callable[[], Awaitable[Any]]) -> Any:
        try:
            return await job()
        except Exception as error:
            return error

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(failing_quietly(job)) for job in jobs]

    entries: list[Any] = []
    for task in tasks:
        try:
            entries.append(task.result())
        except asyncio.CancelledError as cancelled:
            entries.append(cancelled)
    return entries
