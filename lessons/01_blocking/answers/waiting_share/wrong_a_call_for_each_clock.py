# verdict: failed
# mistakes: called-twice
# One call for the wall clock, another for the CPU clock.
import time


def measured(clock, work):
    began = clock()
    work()
    return clock() - began


def waiting_share(work):
    return 1 - measured(time.process_time, work) / measured(time.perf_counter, work)
