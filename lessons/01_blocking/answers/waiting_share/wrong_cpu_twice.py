# verdict: failed
# mistakes: wrong-clock
# process_time for the whole: it stands still while work waits, as thread_time does.
import time


def waiting_share(work):
    whole, computed = time.process_time(), time.thread_time()
    work()
    computed = time.thread_time() - computed
    whole = time.process_time() - whole
    return max(0.0, 1 - computed / whole)
