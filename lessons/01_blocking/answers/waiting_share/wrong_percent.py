# verdict: failed
# mistakes: wrong-result
# A percentage.
import time


def waiting_share(work):
    wall, cpu = time.perf_counter(), time.thread_time()
    work()
    return 100 * (1 - (time.thread_time() - cpu) / (time.perf_counter() - wall))
