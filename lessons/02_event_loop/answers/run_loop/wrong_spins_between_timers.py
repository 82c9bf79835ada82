# verdict: failed
# mistakes: busy-waiting
# A heap of timers, and `pass` where it should sleep.
import heapq
import time


class Sleep:
    """A pause: `await Sleep(seconds)`. It yields itself to whoever drives the coroutine."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __await__(self):
        yield self


def run_loop(coroutines):
    coroutines = list(coroutines)
    results = [None] * len(coroutines)
    timers = [(0.0, place) for place in range(len(coroutines))]
    while timers:
        due, place = heapq.heappop(timers)
        while time.monotonic() < due:
            pass
        try:
            heapq.heappush(timers, (time.monotonic() + coroutines[place].send(None).seconds, place))
        except StopIteration as stop:
            results[place] = stop.value
    return results
