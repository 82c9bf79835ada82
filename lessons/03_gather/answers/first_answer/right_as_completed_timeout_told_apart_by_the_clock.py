# verdict: passed
# comes near: deadline-missed, one-failure-ends-all, swallowed-cancel
# One `except TimeoutError` for mirror and deadline, and a caught CancelledError; clock and cancelling() decide whose.
import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


async def first_answer(mirrors: list[Callable[[], Awaitable[Any]]], deadline: float) -> Any:
    me = asyncio.current_task()
    requests_before = me.cancelling()
    loop = asyncio.get_running_loop()
    end = loop.time() + deadline
    tasks = [asyncio.ensure_future(mirror()) for mirror in mirrors]
    last: BaseException | None = None
    try:
        for earliest in asyncio.as_completed(tasks, timeout=deadline):
            try:
                return await earliest
            except TimeoutError as error:
                if loop.time() >= end:
                    raise
                last = error  # a mirror's own
            except asyncio.CancelledError as error:
                if me.cancelling() > requests_before:
                    raise
                last = error  # a mirror's own
            except Exception as error:
                last = error
        raise LookupError("no mirror has answered") from last
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
