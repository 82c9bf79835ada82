# verdict: failed
# mistakes: wrong-clock
# The work runs in a pool's thread; thread_time is read in this one, which only waits for it.
import time
from concurrent.futures import ThreadPoolExecutor


def waiting_share(work):
    with ThreadPoolExecutor(1) as pool:
        wall, cpu = time.perf_counter(), time.thread_time()
        pool.submit(work).result()
        wall, cpu = time.perf_counter() - wall, time.thread_time() - cpu
    return 1 - cpu / wall
