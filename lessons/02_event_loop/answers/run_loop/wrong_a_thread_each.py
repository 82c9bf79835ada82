# verdict: failed
# mistakes: tool-not-allowed
# A thread for each coroutine.
import time
from concurrent.futures import ThreadPoolExecutor


class Sleep:
    """A pause: `await Sleep(seconds)`. It yields itself to whoever drives the coroutine."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __await__(self):
        yield self


def drive(coroutine):
    try:
        while True:
            time.sleep(coroutine.send(None).seconds)
    except StopIteration as stop:
        return stop.value


def run_loop(coroutines):
    coroutines = list(coroutines)
    with ThreadPoolExecutor(max(1, len(coroutines))) as pool:
        return list(pool.map(drive, coroutines))
