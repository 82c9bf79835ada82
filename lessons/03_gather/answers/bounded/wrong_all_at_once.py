# verdict: failed
# mistakes: unbounded-concurrency
# No limit at all.
import asyncio


async def bounded(jobs, limit):
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(job()) for job in jobs]
    return [task.result() for task in tasks]
