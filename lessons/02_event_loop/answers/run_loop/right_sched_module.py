# verdict: passed
# The standard library's scheduler does the waiting; equal times come in the order in which they were entered.
import sched
import time


class Sleep:
    def __init__(self, seconds):
        self.seconds = seconds

    def __await__(self):
        yield self


def run_loop(coroutines):
    scheduler = sched.scheduler(time.monotonic, time.sleep)
    results = {}

    def resume(place, coroutine):
        try:
            pause = coroutine.send(None)
        except StopIteration as stop:
            results[place] = stop.value
        else:
            scheduler.enter(pause.seconds, 1, resume, (place, coroutine))

    for place, coroutine in enumerate(coroutines):
        results[place] = None
        scheduler.enter(0, 1, resume, (place, coroutine))
    scheduler.run()
    return list(results.values())
