# verdict: passed
# comes near: busy-waiting, woken-late
# No timer at all: sleeps four milliseconds at a time and looks who is due. Nobody oversleeps by more than that.
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
        due = sorted((each for each in waiting if each[0] <= now), key=lambda each: each[0])
        waiting = [each for each in waiting if each[0] > now]
        for _, place, coroutine in due:
            try:
                pause = coroutine.send(None)
            except StopIteration as stop:
                results[place] = stop.value
            else:
                waiting.append((time.monotonic() + pause.seconds, place, coroutine))
        if not due:
            time.sleep(0.004)
    return results
