# verdict: failed
# mistakes: wrong-result
# Pairs of a word and a result, which nobody asked for.
import asyncio


async def outcomes(jobs):
    found = await asyncio.gather(*(job() for job in jobs), return_exceptions=True)
    return [("failed" if isinstance(each, BaseException) else "done", each) for each in found]
