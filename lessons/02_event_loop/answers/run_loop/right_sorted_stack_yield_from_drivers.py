# verdict: passed
# comes near: woken-out-of-order
# Timers lie on a stack and no send() is seen, but the stack is kept sorted by time and number, and next() drives.
import bisect
import itertools
import time
from collections.abc import Coroutine, Generator
from typing import Any


class Sleep:
    """A pause: `await Sleep(seconds)`. It yields itself to whoever drives the coroutine."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __await__(self) -> Generator["Sleep", None, None]:
        yield self


def run_loop(coroutines: list[Coroutine[Sleep, None, Any]]) -> list[Any]:
    results: list[Any] = [None] * len(coroutines)
    number = itertools.count()
    stack: list[tuple[float, int, Generator[Sleep, None, None]]] = []  # whoever is due first lies on top

    def drive(place: int) -> Generator[Sleep, None, None]:
        results[place] = yield from coroutines[place].__await__()

    def go_on(driver: Generator[Sleep, None, None]) -> None:
        for pause in driver:  # to its next pause, if there is one
            bisect.insort(stack, (-time.monotonic() - pause.seconds, -next(number), driver))
            return

    drivers = [drive(place) for place in range(len(coroutines))]
    for driver in drivers:
        go_on(driver)
    while stack:
        minus_due, _, driver = stack.pop()
        time.sleep(max(0.0, -minus_due - time.monotonic()))
        go_on(driver)
    return results
