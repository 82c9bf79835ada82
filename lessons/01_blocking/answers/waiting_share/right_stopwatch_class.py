# verdict: passed
# A stopwatch as a context manager, kept inside 0 and 1; it prints what it sees.
import time


class Stopwatch:
    def __enter__(self):
        self.began, self.computed = time.monotonic(), time.thread_time()
        return self

    def __exit__(self, *failure):
        self.wall = time.monotonic() - self.began
        self.cpu = time.thread_time() - self.computed

    @property
    def waiting(self) -> float:
        return min(1.0, max(0.0, (self.wall - self.cpu) / self.wall))


def waiting_share(work) -> float:
    with Stopwatch() as watch:
        result = work()
    print(f"{result}: {watch.wall:.3f} s, {watch.cpu:.3f} s of CPU")
    return watch.waiting
