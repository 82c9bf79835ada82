# verdict: passed
# comes near: tool-not-allowed
# Very terse: a dict of when each is due, min() of it, and a wait of threading.Event without any thread.
import threading
import time


class Sleep:
    def __init__(self, seconds):
        self.seconds = seconds

    def __await__(self):
        yield self


def run_loop(coroutines):
    due, results = dict.fromkeys(coroutines, 0.0), {}
    order = list(due)
    while due:
        coroutine = min(due, key=due.get)
        threading.Event().wait(max(0.0, due.pop(coroutine) - time.monotonic()))
        try:
            due[coroutine] = coroutine.send(None).seconds + time.monotonic()
        except StopIteration as stop:
            results[coroutine] = stop.value
    return [results[coroutine] for coroutine in order]
