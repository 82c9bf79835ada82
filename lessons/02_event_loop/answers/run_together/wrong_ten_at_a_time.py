# verdict: failed
# mistakes: too-little-concurrency
# A semaphore of fifteen: enough for a few jobs, not for all of them together.
import asyncio


async def run_together(jobs):
    gate = asyncio.Semaphore(15)

    async def run(job):
        async with gate:
            return await job()

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(job)) for job in jobs]
    return [task.result() for task in tasks]
