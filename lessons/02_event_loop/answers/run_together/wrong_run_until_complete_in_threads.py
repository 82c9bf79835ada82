# verdict: failed
# mistakes: threads-instead
# A thread and an event loop for each job.
import asyncio


async def run_together(jobs):
    return list(await asyncio.gather(*(asyncio.to_thread(asyncio.run, job()) for job in jobs)))
