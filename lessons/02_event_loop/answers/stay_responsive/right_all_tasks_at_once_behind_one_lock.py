# verdict: passed
# comes near: cpu-burst
# A task for every step is made at once, but a lock held over a sleep(0) lets one step a round run, and others between.
import asyncio
from collections.abc import Callable, Iterable
from typing import Any


async def stay_responsive(items: Iterable[Any], step: Callable[[Any], int]) -> int:
    turn = asyncio.Lock()

    async def one(item: Any) -> int:
        async with turn:
            value = step(item)
            await asyncio.sleep(0)  # still inside: nobody else computes in this round
        return value

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(item)) for item in items]
    return sum(task.result() for task in tasks)
