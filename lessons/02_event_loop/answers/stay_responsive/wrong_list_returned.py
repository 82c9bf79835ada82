# verdict: failed
# mistakes: wrong-result
# The values, not their sum.
import asyncio


async def stay_responsive(items, step):
    values = []
    for item in items:
        values.append(step(item))
        await asyncio.sleep(0)
    return values
