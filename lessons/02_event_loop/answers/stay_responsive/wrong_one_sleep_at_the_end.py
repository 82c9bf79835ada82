# verdict: failed
# mistakes: cpu-burst
# One sleep(0), when all is done.
import asyncio


async def stay_responsive(items, step):
    total = 0
    for item in items:
        total += step(item)
    await asyncio.sleep(0)
    return total
