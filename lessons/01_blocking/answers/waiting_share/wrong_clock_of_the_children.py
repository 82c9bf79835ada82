# verdict: failed
# mistakes: wrong-clock
# RUSAGE_CHILDREN counts processes that were started, and none was.
import resource
import time


def waiting_share(work):
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)
    return 1 - cpu / wall
