# verdict: failed
# mistakes: wrong-result
# step of the position and not of the item.
import asyncio


async def stay_responsive(items, step):
    total = 0
    for number, _ in enumerate(items):
        total += step(number)
        await asyncio.sleep(0)
    return total
