# verdict: failed
# mistakes: sequential-awaits
# One job after the other.
import asyncio


async def outcomes(jobs):
    found = []
    for job in jobs:
        task = asyncio.ensure_future(job())
        await asyncio.gather(task, return_exceptions=True)
        found.append(asyncio.CancelledError() if task.cancelled() else task.exception() or task.result())
    return found
