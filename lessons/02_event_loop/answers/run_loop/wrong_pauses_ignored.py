# verdict: failed
# mistakes: wrong-result
# Steps them by turns and never waits.
from collections import deque


class Sleep:
    """A pause: `await Sleep(seconds)`. It yields itself to whoever drives the coroutine."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __await__(self):
        yield self


def run_loop(coroutines):
    ready = deque(enumerate(coroutines))
    results = [None] * len(ready)
    while ready:
        place, coroutine = ready.popleft()
        try:
            coroutine.send(None)
        except StopIteration as stop:
            results[place] = stop.value
        else:
            ready.append((place, coroutine))
    return results
