# verdict: failed
# mistakes: wrong-result
# The exception's text instead of the exception.
import asyncio


async def outcomes(jobs):
    found = await asyncio.gather(*(job() for job in jobs), return_exceptions=True)
    return [str(each) if isinstance(each, Exception) else each for each in found]
