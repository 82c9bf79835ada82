# verdict: crashed
# Asks an iterator for its length.
import asyncio


async def stay_responsive(items, step):
    total = 0
    for number in range(len(items)):
        total += step(items[number])
        await asyncio.sleep(0)
    return total
