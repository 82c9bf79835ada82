# verdict: failed
# mistakes: leaked-tasks
# When it is cancelled it cancels its jobs, and doesn't wait until they have cleaned up.
import asyncio


async def outcomes(jobs):
    tasks = [asyncio.create_task(job()) for job in jobs]
    try:
        await asyncio.wait(tasks)
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
        raise
    return [asyncio.CancelledError() if t.cancelled() else t.exception() or t.result() for t in tasks]
