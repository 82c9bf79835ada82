# verdict: failed
# mistakes: results-out-of-order
# Appends each result when it is there.
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
    results = []
    timers = [(0.0, place) for place in range(len(coroutines))]
    while timers:
        due, place = heapq.heappop(timers)
        time.sleep(max(0.0, due - time.monotonic()))
        try:
            heapq.heappush(timers, (time.monotonic() + coroutines[place].send(None).seconds, place))
        except StopIteration as stop:
            results.append(stop.value)
    return results
