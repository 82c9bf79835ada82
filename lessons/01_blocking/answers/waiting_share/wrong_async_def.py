# verdict: failed
# mistakes: never-awaited
# An async def: whoever calls it gets a coroutine and no number.
import time


async def waiting_share(work):
    wall, cpu = time.perf_counter(), time.thread_time()
    work()
    return 1 - (time.thread_time() - cpu) / (time.perf_counter() - wall)
