# verdict: passed
# A heap of (due, number): the number keeps equal pauses in order and is never a coroutine.
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
    timers = [(0.0, turn, turn) for turn in range(len(coroutines))]
    turns = len(timers)
    while timers:
        due, _, number = heapq.heappop(timers)
        if (left := due - time.monotonic()) > 0:
            time.sleep(left)
        try:
            pause = coroutines[number].send(None)
        except StopIteration as stop:
            results[number] = stop.value
        else:
            heapq.heappush(timers, (time.monotonic() + pause.seconds, turns, number))
            turns += 1
    return results
