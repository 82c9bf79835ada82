# verdict: failed
# mistakes: lost-task
# Starts a task for the computing, lets it run for a moment and returns.
import asyncio


async def stay_responsive(items, step):
    total = 0

    async def add_up():
        nonlocal total
        for item in items:
            total += step(item)
            await asyncio.sleep(0)

    task = asyncio.create_task(add_up())
    await asyncio.sleep(0.05)
    assert not task.cancelled()
    return total
