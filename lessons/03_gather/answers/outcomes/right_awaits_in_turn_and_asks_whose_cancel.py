# verdict: passed
# comes near: swallowed-cancel, sequential-awaits
# It goes on after a CancelledError out of an await, but only when cancelling() says that it was the job's own.
import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


async def outcomes(jobs: list[Callable[[], Awaitable[Any]]]) -> list[Any]:
    me = asyncio.current_task()
    requests_before = me.cancelling()
    tasks = [asyncio.ensure_future(job()) for job in jobs]
    entries = []
    try:
        for task in tasks:
            try:
                entries.append(await task)
            except (Exception, asyncio.CancelledError) as error:
                if me.cancelling() > requests_before:
                    raise asyncio.CancelledError from error
                entries.append(error)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return entries
