# verdict: failed
# mistakes: swallowed-exception
# None stands where a job failed.
import asyncio


async def outcomes(jobs):
    async def entry(job):
        try:
            return await job()
        except Exception:
            return None

    return await asyncio.gather(*(entry(job) for job in jobs), return_exceptions=True)
