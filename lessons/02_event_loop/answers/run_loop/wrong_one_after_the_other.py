# verdict: failed
# mistakes: sequential-awaits
# Runs each coroutine to its end before the next begins.
import time


class Sleep:
    """A pause: `await Sleep(seconds)`. It yields itself to whoever drives the coroutine."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __await__(self):
        yield self


def run_loop(coroutines):
    results = []
    for coroutine in coroutines:
        try:
            while True:
                time.sleep(coroutine.send(None).seconds)
        except StopIteration as stop:
            results.append(stop.value)
    return results
