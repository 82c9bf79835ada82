# verdict: failed
# mistakes: wrong-result
# All but the last.
import asyncio


async def run_together(jobs):
    return await asyncio.gather(*(job() for job in jobs[:-1]))
