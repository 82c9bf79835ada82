# verdict: failed
# mistakes: wrong-result
# Takes the first item out to see whether there is one, and forgets it.
import asyncio


async def stay_responsive(items, step):
    items = iter(items)
    total = 0
    if next(items, None) is None:
        return total
    for item in items:
        total += step(item)
        await asyncio.sleep(0)
    return total
