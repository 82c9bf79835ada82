# verdict: crashed
# Right, but for an empty list: it looks at the first timer before it asks whether there is one.
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
    while True:
        due, place = heapq.heappop(timers)
        time.sleep(max(0.0, due - time.monotonic()))
        try:
            heapq.heappush(timers, (time.monotonic() + coroutines[place].send(None).seconds, place))
        except StopIteration as stop:
            results[place] = stop.value
            if not timers:
                return results
