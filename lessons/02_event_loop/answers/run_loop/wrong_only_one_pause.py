# verdict: failed
# mistakes: wrong-result
# Believes that a coroutine pauses only once.
import time


class Sleep:
    """A pause: `await Sleep(seconds)`. It yields itself to whoever drives the coroutine."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __await__(self):
        yield self


def run_loop(coroutines):
    began = time.monotonic()
    started = []
    results = {}
    for place, coroutine in enumerate(coroutines):
        try:
            started.append((coroutine.send(None).seconds, place, coroutine))
        except StopIteration as stop:
            results[place] = stop.value
    for seconds, place, coroutine in sorted(started, key=lambda each: each[:2]):
        time.sleep(max(0.0, began + seconds - time.monotonic()))
        try:
            coroutine.send(None)
            results[place] = None
        except StopIteration as stop:
            results[place] = stop.value
    return [results[place] for place in sorted(results)]
