# verdict: failed
# mistakes: results-out-of-order
# Appended as they end.
import asyncio


async def outcomes(jobs):
    found = []

    async def run(job):
        task = asyncio.ensure_future(job())
        await asyncio.gather(task, return_exceptions=True)
        found.append(asyncio.CancelledError() if task.cancelled() else task.exception() or task.result())

    await asyncio.gather(*(run(job) for job in jobs))
    return found
