# verdict: failed
# mistakes: wrong-clock
# perf_counter and monotonic are both wall clocks: there is never a difference.
import time


def waiting_share(work):
    wall, cpu = time.perf_counter(), time.monotonic()
    work()
    cpu, wall = time.monotonic() - cpu, time.perf_counter() - wall
    return 1 - cpu / wall
