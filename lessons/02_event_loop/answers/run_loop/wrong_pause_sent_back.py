# verdict: failed
# mistakes: wrong-result
# Sends the pause into the coroutine: `await Sleep(s)` gives it back instead of None.
import heapq
import time


class Sleep:
    """A pause: `await Sleep(seconds)`. It yields itself to whoever drives the coroutine."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __await__(self):
        return (yield self)


def run_loop(coroutines):
    coroutines = list(coroutines)
    results = [None] * len(coroutines)
    timers = [(0.0, place, None) for place in range(len(coroutines))]
    while timers:
        due, place, pause = heapq.heappop(timers)
        time.sleep(max(0.0, due - time.monotonic()))
        try:
            pause = coroutines[place].send(pause)
            heapq.heappush(timers, (time.monotonic() + pause.seconds, place, pause))
        except StopIteration as stop:
            results[place] = stop.value
    return results
