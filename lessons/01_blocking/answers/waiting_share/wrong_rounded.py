# verdict: failed
# mistakes: wrong-result
# Rounded to a whole number: either it waits or it doesn't.
import time


def waiting_share(work):
    wall, cpu = time.perf_counter(), time.thread_time()
    work()
    return round(1 - (time.thread_time() - cpu) / (time.perf_counter() - wall))
