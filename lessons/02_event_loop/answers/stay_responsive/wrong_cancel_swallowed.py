# verdict: failed
# mistakes: swallowed-cancel
# Whatever interrupts it, it goes on to the end.
import asyncio


async def stay_responsive(items, step):
    total = 0
    for item in items:
        total += step(item)
        try:
            await asyncio.sleep(0)
        except BaseException:
            continue
    return total
