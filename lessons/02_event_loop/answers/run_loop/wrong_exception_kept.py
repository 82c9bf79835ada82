# verdict: failed
# mistakes: swallowed-exception
# Puts a coroutine's exception among the results.
import heapq
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
    timers = [(0.0, place) for place in range(len(coroutines))]
    while timers:
        due, place = heapq.heappop(timers)
        time.sleep(max(0.0, due - time.monotonic()))
        try:
            heapq.heappush(timers, (time.monotonic() + coroutines[place].send(None).seconds, place))
        except StopIteration as stop:
            results[place] = stop.value
        except Exception as error:
            results[place] = error
    return results
