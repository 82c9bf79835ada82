# verdict: failed
# mistakes: swallowed-exception
# A job that fails gives None.
import asyncio


async def run_together(jobs):
    async def run(job):
        try:
            return await job()
        except Exception:
            return None

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(job)) for job in jobs]
    return [task.result() for task in tasks]
