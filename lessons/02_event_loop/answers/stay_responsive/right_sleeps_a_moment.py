# verdict: passed
# A real pause of a millisecond after every few steps: more polite than it need be.
import asyncio


async def stay_responsive(items, step):
    total = 0
    for number, item in enumerate(items, start=1):
        total += step(item)
        if number % 3 == 0:
            await asyncio.sleep(0.001)
    return total
