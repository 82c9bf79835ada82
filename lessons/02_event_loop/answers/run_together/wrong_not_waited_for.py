# verdict: failed
# mistakes: lost-task
# Starts all of them and returns before any has ended.
import asyncio


async def run_together(jobs):
    results = []

    async def run(job):
        results.append(await job())

    for job in jobs:
        asyncio.create_task(run(job))
    return results
