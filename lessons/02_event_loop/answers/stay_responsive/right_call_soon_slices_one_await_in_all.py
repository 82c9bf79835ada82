# verdict: passed
# comes near: cpu-burst
# The only await is one of a future: callbacks compute it, a slice a round, and none computes after a cancellation.
import asyncio
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

SLICE = 8  # steps, so about as many ms


async def stay_responsive(items: Iterable[Any], step: Callable[[Any], int]) -> int:
    loop = asyncio.get_running_loop()
    total: asyncio.Future[int] = loop.create_future()
    rest = iter(items)

    def compute(so_far: int) -> None:
        if total.done():  # cancelled
            return
        try:
            values = [step(item) for item in islice(rest, SLICE)]
        except Exception as error:
            total.set_exception(error)
            return
        if values:
            loop.call_soon(compute, so_far + sum(values))
        else:
            total.set_result(so_far)

    compute(0)
    return await total
