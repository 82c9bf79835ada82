# verdict: failed
# mistakes: wrong-result
# The share of the computing: the `1 -` is missing.
import time


def waiting_share(work):
    wall, cpu = time.perf_counter(), time.thread_time()
    work()
    return (time.thread_time() - cpu) / (time.perf_counter() - wall)
