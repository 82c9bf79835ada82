# verdict: failed
# mistakes: threads-instead
# Every step in a thread.
import asyncio


async def stay_responsive(items, step):
    total = 0
    for item in items:
        total += await asyncio.to_thread(step, item)
    return total
