# verdict: passed
# comes near: deadline-missed, swallowed-cancel, waited-for-all
# Each wait has a timeout, but of what is left; a cancel during the clean-up is caught, but raised when that is done.
import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


async def until_ended(tasks: list["asyncio.Task[None]"]) -> None:
    """Wait until each task has ended, undisturbed: a cancellation meanwhile is raised after that."""
    cancelled = None
    while running := [task for task in tasks if not task.done()]:
        try:
            await asyncio.wait(running)
        except asyncio.CancelledError as error:
            cancelled = error
    for task in tasks:
        if not task.cancelled():
            task.exception()  # looked at: a loser's failure is nobody's business
    if cancelled is not None:
        raise cancelled


async def first_answer(mirrors: list[Callable[[], Awaitable[Any]]], deadline: float) -> Any:
    loop = asyncio.get_running_loop()
    end = loop.time() + deadline
    answers: list[Any] = []

    async def ask(mirror: Callable[[], Awaitable[Any]]) -> None:
        answers.append(await mirror())

    tasks = [asyncio.create_task(ask(mirror)) for mirror in mirrors]
    try:
        pending = set(tasks)
        while pending and not answers and (left := end - loop.time()) > 0:
            _, pending = await asyncio.wait(pending, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        if answers:
            return answers[0]  # 0 and "" are answers, too: it is the list that is asked
        if pending:
            raise TimeoutError(f"no answer after {deadline} s")
        raise LookupError("all mirrors have failed")
    finally:
        for task in tasks:
            task.cancel()
        await until_ended(tasks)
