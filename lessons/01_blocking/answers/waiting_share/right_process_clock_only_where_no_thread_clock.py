# verdict: passed
# comes near: wrong-clock, wrong-result
# process_time is named, but only for systems without thread_time, and a bare int 0 or 1 may come out, a number too.
import time
from collections.abc import Callable

cpu_clock = getattr(time, "thread_time", time.process_time)  # some old systems have no clock for a single thread


class Stopwatch:
    """Two clocks that run while the block does."""

    def __enter__(self) -> "Stopwatch":
        self.wall, self.cpu = time.perf_counter(), cpu_clock()
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu = cpu_clock() - self.cpu
        self.wall = time.perf_counter() - self.wall

    @property
    def waited(self) -> float:
        return max(0, min(1, round(1 - self.cpu / self.wall, 2)))


def waiting_share(work: Callable[[], object]) -> float:
    with Stopwatch() as watch:
        work()
    return watch.waited
