# verdict: passed
# comes near: wrong-clock
# The work runs in a helper while the caller idles, but both clocks are read inside the very thread that calls work().
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def measured(work: Callable[[], object]) -> tuple[int, int]:
    """What passes on the wall and on this thread's CPU clock while work() runs, in nanoseconds."""
    wall = time.monotonic_ns()
    computed = time.clock_gettime_ns(time.CLOCK_THREAD_CPUTIME_ID)
    work()
    computed = time.clock_gettime_ns(time.CLOCK_THREAD_CPUTIME_ID) - computed
    wall = time.monotonic_ns() - wall
    return wall, computed


def waiting_share(work: Callable[[], object]) -> float:
    with ThreadPoolExecutor(max_workers=1) as pool:
        wall, computed = pool.submit(measured, work).result()
    waited = min(wall, max(0, wall - computed))
    return waited / max(1, wall)
