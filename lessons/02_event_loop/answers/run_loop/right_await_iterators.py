# verdict: passed
# Drives __await__'s iterator with next(), in generators of its own, and closes what is left when one fails.
import heapq
import time


class Sleep:
    def __init__(self, seconds):
        self.seconds = seconds

    def __await__(self):
        yield self


def watched(place, coroutine, results):
    results[place] = yield from coroutine.__await__()


def run_loop(coroutines):
    coroutines = list(coroutines)
    results = [None] * len(coroutines)
    tasks = [watched(*each, results) for each in enumerate(coroutines)]
    queue = [(0.0, place) for place in range(len(tasks))]
    try:
        while queue:
            due, place = heapq.heappop(queue)
            time.sleep(max(0, due - time.monotonic()))
            for pause in tasks[place]:
                heapq.heappush(queue, (time.monotonic() + pause.seconds, place))
                break
    finally:
        for task, coroutine in zip(tasks, coroutines):  # noqa: B905
            task.close()
            coroutine.close()
    return results
