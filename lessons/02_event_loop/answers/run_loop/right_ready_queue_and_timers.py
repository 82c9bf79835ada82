# verdict: passed
# As asyncio does it: a ready queue, a heap of timers, one pass over what is ready, select for the sleeping.
import heapq
import itertools
import select
import time
from collections import deque


class Sleep:
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __await__(self):
        yield self


class Loop:
    def __init__(self, coroutines):
        self.ready = deque(enumerate(coroutines))
        self.timers = []
        self.order = itertools.count()
        self.results = {}

    def run(self):
        while self.ready or self.timers:
            if not self.ready:
                select.select([], [], [], max(0.0, self.timers[0][0] - time.perf_counter()))
            now = time.perf_counter()
            while self.timers and self.timers[0][0] <= now:
                self.ready.append(heapq.heappop(self.timers)[2])
            for _ in range(len(self.ready)):
                self.step(*self.ready.popleft())
        return [self.results[place] for place in sorted(self.results)]

    def step(self, place, coroutine):
        try:
            pause = coroutine.send(None)
        except StopIteration as stop:
            self.results[place] = stop.value
            return
        if pause.seconds <= 0:
            self.ready.append((place, coroutine))
        else:
            when = time.perf_counter() + pause.seconds
            heapq.heappush(self.timers, (when, next(self.order), (place, coroutine)))


def run_loop(coroutines):
    return Loop(coroutines).run()
