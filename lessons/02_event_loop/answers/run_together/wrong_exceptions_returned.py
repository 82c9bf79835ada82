# verdict: failed
# mistakes: swallowed-exception
# return_exceptions=True, and nobody looks: the exception comes back as if it were a result.
import asyncio


async def run_together(jobs):
    return await asyncio.gather(*(job() for job in jobs), return_exceptions=True)
