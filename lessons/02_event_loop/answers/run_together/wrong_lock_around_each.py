# verdict: failed
# mistakes: sequential-awaits
# All are tasks, and one lock lets them in one after the other.
import asyncio


async def run_together(jobs):
    lock = asyncio.Lock()

    async def run(job):
        async with lock:
            return await job()

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(job)) for job in jobs]
    return [task.result() for task in tasks]
