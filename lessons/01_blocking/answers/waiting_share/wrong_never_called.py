# verdict: failed
# mistakes: learnt-by-heart
# work is looked at and never called: without its parentheses nothing happens.
import time


def waiting_share(work):
    wall, cpu = time.perf_counter(), time.thread_time()
    work  # noqa: B018
    return 1 - (time.thread_time() - cpu) / (time.perf_counter() - wall)
