# verdict: failed
# mistakes: tool-not-allowed
# threading.Timer wakes them: a thread for each pause.
import queue
import threading


class Sleep:
    """A pause: `await Sleep(seconds)`. It yields itself to whoever drives the coroutine."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __await__(self):
        yield self


def run_loop(coroutines):
    coroutines = list(coroutines)
    results = [None] * len(coroutines)
    ready = queue.SimpleQueue()
    for place in range(len(coroutines)):
        ready.put(place)
    left = len(coroutines)
    while left:
        place = ready.get()
        try:
            pause = coroutines[place].send(None)
        except StopIteration as stop:
            results[place] = stop.value
            left -= 1
        else:
            threading.Timer(pause.seconds, ready.put, (place,)).start()
    return results
