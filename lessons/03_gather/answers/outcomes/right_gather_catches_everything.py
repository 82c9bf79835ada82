# verdict: passed
# comes near: swallowed-cancel
# The wrapper catches BaseException, but gather knows itself that it was cancelled.
import asyncio


async def outcomes(jobs):
    async def entry(job):
        try:
            return await job()
        except BaseException as error:
            return error

    return await asyncio.gather(*(entry(job) for job in jobs))
