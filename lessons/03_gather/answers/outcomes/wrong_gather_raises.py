# verdict: failed
# mistakes: one-failure-ends-all
# gather as it comes: the first failure is raised.
import asyncio


async def outcomes(jobs):
    return await asyncio.gather(*(job() for job in jobs))
