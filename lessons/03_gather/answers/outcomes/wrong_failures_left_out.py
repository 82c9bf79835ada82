# verdict: failed
# mistakes: swallowed-exception
# Only what went well is returned.
import asyncio


async def outcomes(jobs):
    found = await asyncio.gather(*(job() for job in jobs), return_exceptions=True)
    return [each for each in found if not isinstance(each, BaseException)]
