# verdict: failed
# mistakes: busy-waiting
# Asks again and again whether somebody is due.
import time


class Sleep:
    """A pause: `await Sleep(seconds)`. It yields itself to whoever drives the coroutine."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __await__(self):
        yield self


def run_loop(coroutines):
    coroutines = list(coroutines)
    waiting = [(0.0, place) for place in range(len(coroutines))]
    results = [None] * len(waiting)
    while waiting:
        first = min(waiting)
        if first[0] > time.monotonic():
            continue
        waiting.remove(first)
        place = first[1]
        try:
            waiting.append((time.monotonic() + coroutines[place].send(None).seconds, place))
        except StopIteration as stop:
            results[place] = stop.value
    return results
