# verdict: failed
# mistakes: cpu-burst
# time.sleep(0) lets other threads in, not other tasks.
import time


async def stay_responsive(items, step):
    total = 0
    for item in items:
        total += step(item)
        time.sleep(0)
    return total
