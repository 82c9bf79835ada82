# verdict: failed
# mistakes: cpu-burst
# Gives way, but only after every hundredth step: 100 ms at a time.
import asyncio


async def stay_responsive(items, step):
    total = 0
    for number, item in enumerate(items, start=1):
        total += step(item)
        if number % 100 == 0:
            await asyncio.sleep(0)
    return total
