# verdict: failed
# mistakes: results-out-of-order
# The workers append their results as they come.
import asyncio


async def bounded(jobs, limit):
    results, jobs = [], iter(jobs)

    async def worker():
        for job in jobs:
            results.append(await job())

    async with asyncio.TaskGroup() as group:
        for _ in range(limit):
            group.create_task(worker())
    return results
