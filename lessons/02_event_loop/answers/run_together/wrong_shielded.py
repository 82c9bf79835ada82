# verdict: failed
# mistakes: leaked-tasks
# shield lets the caller go when it is cancelled, and the jobs go on without it.
import asyncio


async def run_together(jobs):
    return list(await asyncio.shield(asyncio.gather(*(job() for job in jobs))))
