# verdict: failed
# mistakes: wrong-result
# The seconds that it waited, not divided by the whole.
import time


def waiting_share(work):
    wall, cpu = time.perf_counter(), time.thread_time()
    work()
    return (time.perf_counter() - wall) - (time.thread_time() - cpu)
