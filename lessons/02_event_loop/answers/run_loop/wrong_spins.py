# verdict: failed
# mistakes: busy-waiting
# Asks again and again whether somebody is due.
import time
from collections import deque


class Sleep:
    """A pause: `await Sleep(seconds)`. It yields itself to whoever drives the coroutine."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __await__(self):
        yield self


def run_loop(coroutines):
    waiting = deque((0.0, place, coroutine) for place, coroutine in enumerate(coroutines))
    results = [None] * len(waiting)
    while waiting:
        due, place, coroutine = waiting.popleft()
        if time.monotonic() < due:
            waiting.append((due, place, coroutine))
            continue
        try:
            waiting.append((time.monotonic() + coroutine.send(None).seconds, place, coroutine))
        except StopIteration as stop:
            results[place] = stop.value
    return results
