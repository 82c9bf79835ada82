# verdict: failed
# mistakes: woken-late
# Looks once a second whether somebody is due.
import time


class Sleep:
    """A pause: `await Sleep(seconds)`. It yields itself to whoever drives the coroutine."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __await__(self):
        yield self


def run_loop(coroutines):
    waiting = [(0.0, place, coroutine) for place, coroutine in enumerate(coroutines)]
    results = [None] * len(waiting)
    while waiting:
        now = time.monotonic()
        due = [each for each in waiting if each[0] <= now]
        waiting = [each for each in waiting if each[0] > now]
        for _, place, coroutine in sorted(due, key=lambda each: each[:2]):
            try:
                waiting.append((time.monotonic() + coroutine.send(None).seconds, place, coroutine))
            except StopIteration as stop:
                results[place] = stop.value
        if waiting:
            time.sleep(1)
    return results
