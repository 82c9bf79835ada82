# verdict: passed
# comes near: tool-not-allowed, busy-waiting
# The sched module keeps the timers (imports threading for a lock, sleeps 0 s after each), but send() here drives.
import sched
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
    alarm_clock = sched.scheduler(time.monotonic, time.sleep)

    def wake(place: int) -> None:
        try:
            pause = coroutines[place].send(None)
        except StopIteration as stop:
            results[place] = stop.value
        else:
            alarm_clock.enter(pause.seconds, 0, wake, (place,))

    for place in range(len(coroutines)):
        alarm_clock.enter(0, 0, wake, (place,))
    alarm_clock.run()
    return results
