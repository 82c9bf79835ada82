# verdict: passed
# comes near: called-twice, wrong-clock
# timeit is known for calling a million times, but number=1 calls once, and its timer carries both right clocks at once.
import timeit
from collections.abc import Callable
from time import perf_counter, thread_time


def both_clocks() -> complex:
    """Wall time in the real part, this thread's CPU time in the imaginary one."""
    return complex(perf_counter(), thread_time())


def waiting_share(work: Callable[[], object]) -> float:
    passed = timeit.timeit(work, timer=both_clocks, number=1)
    if not passed.real:
        return 0.0
    return min(1.0, max(0.0, (passed.real - passed.imag) / passed.real))
