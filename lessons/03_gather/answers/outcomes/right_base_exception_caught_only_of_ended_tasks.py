# verdict: passed
# comes near: swallowed-cancel, swallowed-exception
# `except BaseException` hands back what it caught, but without any await in it: of tasks that have ended, not of us.
import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


def ended_with(task: "asyncio.Future[Any]") -> Any:
    """The result of a task that is done, or its exception, a cancellation included."""
    try:
        return task.result()
    except BaseException as error:
        return error


async def outcomes(jobs: list[Callable[[], Awaitable[Any]]]) -> list[Any]:
    tasks = [asyncio.ensure_future(job()) for job in jobs]
    try:
        if tasks:
            await asyncio.wait(tasks)
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    return [ended_with(task) for task in tasks]
