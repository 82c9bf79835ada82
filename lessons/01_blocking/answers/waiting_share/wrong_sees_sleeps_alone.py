# verdict: failed
# mistakes: wrong-result
# Adds up the calls of time.sleep: a wait for a socket or a lock is none of them.
import time
from unittest import mock


def waiting_share(work):
    slept = 0.0
    sleep = time.sleep

    def noted(seconds):
        nonlocal slept
        began = time.perf_counter()
        sleep(seconds)
        slept += time.perf_counter() - began

    began = time.perf_counter()
    with mock.patch.object(time, "sleep", noted):
        work()
    return slept / (time.perf_counter() - began)
