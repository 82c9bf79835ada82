# verdict: failed
# mistakes: everything-in-memory
# One semaphore for all, and a task for every job before the first has ended.
import asyncio


async def bounded(jobs, limit):
    slots = asyncio.Semaphore(limit)

    async def one(job):
        async with slots:
            return await job()

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(job)) for job in jobs]
    return [task.result() for task in tasks]
