# verdict: passed
# A helper writes each result into its place of a list made beforehand.
import asyncio


async def run_together(jobs):
    jobs = tuple(jobs)
    results = [None] * len(jobs)

    async def run(place, job):
        results[place] = await job()

    async with asyncio.TaskGroup() as group:
        for place, job in enumerate(jobs):
            group.create_task(run(place, job), name=f"job {place}")
    return results
