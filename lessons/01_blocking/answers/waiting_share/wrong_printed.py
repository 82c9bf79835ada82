# verdict: failed
# mistakes: wrong-result
# Prints the share and returns nothing.
import time


def waiting_share(work):
    wall, cpu = time.perf_counter(), time.thread_time()
    work()
    print(1 - (time.thread_time() - cpu) / (time.perf_counter() - wall))
