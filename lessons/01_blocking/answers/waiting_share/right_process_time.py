# verdict: passed
# comes near: wrong-clock
# Wall clock for the whole, the process's CPU clock for the computing.
import time


def waiting_share(work):
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return 1 - cpu / wall
