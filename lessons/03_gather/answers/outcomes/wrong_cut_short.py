# verdict: failed
# mistakes: wrong-result
# Each job gets a second, and its TimeoutError stands in its place.
import asyncio


async def outcomes(jobs):
    return await asyncio.gather(*(asyncio.wait_for(job(), 1.0) for job in jobs), return_exceptions=True)
