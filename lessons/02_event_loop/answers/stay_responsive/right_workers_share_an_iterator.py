# verdict: passed
# Two tasks draw from one iterator, each giving way after every step.
import asyncio


async def stay_responsive(items, step):
    items = iter(items)

    async def worker():
        total = 0
        for item in items:
            total += step(item)
            await asyncio.sleep(0)
        return total

    async with asyncio.TaskGroup() as group:
        workers = [group.create_task(worker()) for _ in range(2)]
    return sum(worker.result() for worker in workers)
