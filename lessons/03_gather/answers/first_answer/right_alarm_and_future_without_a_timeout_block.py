# verdict: passed
# comes near: deadline-missed
# No timeout() anywhere: a call_later of the loop decides against the ends, and failures are looked at in a callback.
import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


class NoAnswerError(Exception):
    """Every mirror has failed."""


async def first_answer(mirrors: list[Callable[[], Awaitable[Any]]], deadline: float) -> Any:
    loop = asyncio.get_running_loop()
    decided: asyncio.Future[asyncio.Future[Any] | Exception] = loop.create_future()

    def decide(what: "asyncio.Future[Any] | Exception") -> None:
        if not decided.done():
            decided.set_result(what)

    alarm = loop.call_later(deadline, decide, TimeoutError(f"no answer after {deadline} s"))
    tasks = [asyncio.ensure_future(mirror()) for mirror in mirrors]
    failed = 0

    def ended(task: "asyncio.Future[Any]") -> None:
        nonlocal failed
        if task.cancelled() or task.exception() is not None:
            failed += 1
            if failed == len(tasks):
                decide(NoAnswerError("all mirrors have failed"))
        else:
            decide(task)

    for task in tasks:
        task.add_done_callback(ended)
    try:
        decision = await decided
    finally:
        alarm.cancel()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if isinstance(decision, Exception):
        raise decision
    return decision.result()
