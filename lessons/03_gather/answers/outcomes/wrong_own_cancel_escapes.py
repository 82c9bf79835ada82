# verdict: failed
# mistakes: one-failure-ends-all
# `except Exception` lets the CancelledError of a single job through, and gather raises it.
import asyncio


async def outcomes(jobs):
    async def entry(job):
        try:
            return await job()
        except Exception as error:
            return error

    return await asyncio.gather(*(entry(job) for job in jobs))
