# verdict: failed
# mistakes: lost-exception
# Results are put in their places by the jobs' own tasks; waiting for them never looks whether one failed.
import asyncio


async def run_together(jobs):
    results = [None] * len(jobs)

    async def run(place, job):
        results[place] = await job()

    tasks = [asyncio.create_task(run(*each)) for each in enumerate(jobs)]
    try:
        await asyncio.wait(tasks)
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    return results
