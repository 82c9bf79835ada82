# verdict: timed_out
# mistakes: never-finishes
# A coroutine that has ended is put back into the queue.
import time
from collections import deque


class Sleep:
    """A pause: `await Sleep(seconds)`. It yields itself to whoever drives the coroutine."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __await__(self):
        yield self


def run_loop(coroutines):
    coroutines = list(coroutines)
    results = [None] * len(coroutines)
    waiting = [(0.0, place) for place in range(len(coroutines))]
    while waiting:
        waiting.sort()
        due, place = waiting.pop(0)
        time.sleep(max(0.0, due - time.monotonic()))
        try:
            waiting.append((time.monotonic() + coroutines[place].send(None).seconds, place))
        except StopIteration as stop:
            results[place] = stop.value
            waiting.append((time.monotonic() + 0.1, place))
        except RuntimeError:
            waiting.append((time.monotonic() + 0.1, place))
    return results
