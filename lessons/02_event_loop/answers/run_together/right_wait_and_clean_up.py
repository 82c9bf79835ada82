# verdict: passed
# asyncio.wait until the first exception; a helper cancels and awaits whatever has not ended.
import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def end(tasks: list[asyncio.Task]) -> None:
    for task in tasks:
        if not task.done():
            task.cancel()
    if tasks:
        await asyncio.wait(tasks)


async def run_together(jobs: list[Callable[[], Awaitable[T]]]) -> list[T]:
    tasks = [asyncio.create_task(job()) for job in jobs]
    if not tasks:
        return []
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in tasks:
            if task.done() and task.exception():
                raise task.exception()
        return [task.result() for task in tasks]
    finally:
        await end(tasks)
