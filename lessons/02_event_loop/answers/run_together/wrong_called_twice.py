# verdict: failed
# mistakes: called-twice
# Each job is started to warm up, and once more for its result.
import asyncio


async def run_together(jobs):
    jobs = list(jobs)
    await asyncio.gather(*(job() for job in jobs))
    return await asyncio.gather(*(job() for job in jobs))
