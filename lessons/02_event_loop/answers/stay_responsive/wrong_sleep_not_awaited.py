# verdict: failed
# mistakes: never-awaited
# asyncio.sleep(0) without await.
import asyncio


async def stay_responsive(items, step):
    total = 0
    for item in items:
        total += step(item)
        asyncio.sleep(0)
    return total
