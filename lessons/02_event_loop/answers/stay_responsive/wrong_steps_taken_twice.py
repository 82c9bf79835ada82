# verdict: failed
# mistakes: called-twice
# A first round to see how long a step takes, a second one to add up.
import asyncio


async def stay_responsive(items, step):
    total = 0
    for item in items:
        step(item)
        await asyncio.sleep(0)
        total += step(item)
        await asyncio.sleep(0)
    return total
