# verdict: passed
# comes near: busy-waiting, tool-not-allowed, woken-late
# No time.sleep in it: select() on no files at all sleeps until the earliest is due, then all that is due runs.
import heapq
import itertools
import select
import time
from collections import deque
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
    order = itertools.count()
    ready = deque(range(len(coroutines)))
    asleep: list[tuple[float, int, int]] = []
    try:
        while ready or asleep:
            if not ready:
                select.select([], [], [], max(0.0, asleep[0][0] - time.monotonic()))
            while asleep and asleep[0][0] <= time.monotonic():
                ready.append(heapq.heappop(asleep)[-1])
            while ready:
                place = ready.popleft()
                try:
                    pause = coroutines[place].send(None)
                except StopIteration as stop:
                    results[place] = stop.value
                else:
                    heapq.heappush(asleep, (time.monotonic() + pause.seconds, next(order), place))
    finally:
        for coroutine in coroutines:  # one has raised: the others get to their finally
            coroutine.close()
    return results
