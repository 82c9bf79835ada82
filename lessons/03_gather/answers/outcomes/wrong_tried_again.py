# verdict: failed
# mistakes: called-twice
# A job that failed is called once more to see its exception.
import asyncio


async def outcomes(jobs):
    found = await asyncio.gather(*(job() for job in jobs), return_exceptions=True)
    for number, each in enumerate(found):
        if isinstance(each, Exception):
            found[number] = (await asyncio.gather(jobs[number](), return_exceptions=True))[0]
    return found
