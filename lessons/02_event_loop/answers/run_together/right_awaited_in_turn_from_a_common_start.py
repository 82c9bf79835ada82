# verdict: passed
# comes near: sequential-awaits, swallowed-exception, leaked-tasks
# It awaits one after the other, but all were started (the last first) before, and whatever is left is ended with it.
import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


async def run_together(jobs: list[Callable[[], Coroutine[Any, Any, Any]]]) -> list[Any]:
    tasks = [asyncio.create_task(job()) for job in reversed(jobs)]
    tasks.reverse()
    results = []
    try:
        for task in tasks:
            results.append(await task)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)  # the exception that counts is already on its way
    return results
