# verdict: crashed
# The functions themselves are handed to gather.
import asyncio


async def outcomes(jobs):
    return await asyncio.gather(*jobs, return_exceptions=True)
