# verdict: failed
# mistakes: woken-late
# Steps all of them, sleeps for the longest pause of the round, steps all again: the short ones oversleep.
import time


class Sleep:
    """A pause: `await Sleep(seconds)`. It yields itself to whoever drives the coroutine."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __await__(self):
        yield self


def run_loop(coroutines):
    running = dict(enumerate(coroutines))
    results = [None] * len(running)
    while running:
        longest = 0
        for place, coroutine in list(running.items()):
            try:
                longest = max(longest, coroutine.send(None).seconds)
            except StopIteration as stop:
                results[place] = stop.value
                del running[place]
        time.sleep(longest)
    return results
