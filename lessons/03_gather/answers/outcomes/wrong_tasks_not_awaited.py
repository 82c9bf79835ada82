# verdict: failed
# mistakes: lost-task
# Tasks are started and looked at a moment later.
import asyncio


async def outcomes(jobs):
    tasks = [asyncio.create_task(job()) for job in jobs]
    await asyncio.sleep(0.01)
    return [task.result() if task.done() else None for task in tasks]
