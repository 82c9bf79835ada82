# verdict: failed
# mistakes: woken-out-of-order
# Those that are due together are woken from a stack: the last to fall asleep comes first.
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
    ready = list(reversed(range(len(coroutines))))
    due = {}
    while ready or due:
        asleep = []
        while ready:
            place = ready.pop()
            try:
                asleep.append((place, coroutines[place].send(None).seconds))
            except StopIteration as stop:
                results[place] = stop.value
        now = time.monotonic()
        due |= {place: now + seconds for place, seconds in asleep}
        if due:
            first = min(due.values())
            time.sleep(max(0.0, first - time.monotonic()))
            ready = sorted(place for place, when in due.items() if when <= time.monotonic())
            for place in ready:
                del due[place]
    return results
