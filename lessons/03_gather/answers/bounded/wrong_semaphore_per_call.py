# verdict: failed
# mistakes: limit-per-call
# Each call makes a semaphore of its own.
import asyncio


async def bounded(jobs, limit):
    async def one(job):
        slots = asyncio.Semaphore(limit)
        async with slots:
            return await job()

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(job)) for job in jobs]
    return [task.result() for task in tasks]
