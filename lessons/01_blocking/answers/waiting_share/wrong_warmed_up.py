# verdict: failed
# mistakes: called-twice
# A call to warm up, as in a benchmark, and then the one that is measured.
import time


def waiting_share(work):
    work()
    wall, cpu = time.perf_counter(), time.thread_time()
    work()
    return 1 - (time.thread_time() - cpu) / (time.perf_counter() - wall)
