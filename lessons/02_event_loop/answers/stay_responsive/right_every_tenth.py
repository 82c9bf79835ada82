# verdict: passed
# comes near: cpu-burst
# Lets the loop in after every tenth step, some 10 ms.
import asyncio


async def stay_responsive(items, step):
    total = 0
    for number, item in enumerate(items):
        total += step(item)
        if number % 10 == 9:
            await asyncio.sleep(0)
    return total
