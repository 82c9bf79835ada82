# verdict: failed
# mistakes: leaked-tasks
# asyncio.wait doesn't cancel what it waits for when it is cancelled itself.
import asyncio


async def outcomes(jobs):
    tasks = [asyncio.create_task(job()) for job in jobs]
    await asyncio.wait(tasks)
    return [asyncio.CancelledError() if t.cancelled() else t.exception() or t.result() for t in tasks]
