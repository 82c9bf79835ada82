# verdict: passed
# comes near: cpu-burst
# No asyncio and no sleep in it, and ten steps in one sum(); but a bare yield after every ten gives the loop back.
import types
from collections.abc import Callable, Generator, Iterable
from itertools import islice
from typing import Any


@types.coroutine
def give_way() -> Generator[None, None, None]:
    """What asyncio.sleep(0) is inside."""
    yield


async def stay_responsive(items: Iterable[Any], step: Callable[[Any], int]) -> int:
    total = 0
    rest = iter(items)
    while batch := list(islice(rest, 10)):  # about 10 ms
        total += sum(map(step, batch))
        await give_way()
    return total
