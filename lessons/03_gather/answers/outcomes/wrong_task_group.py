# verdict: failed
# mistakes: one-failure-ends-all
# A TaskGroup cancels the others when one fails.
import asyncio


async def outcomes(jobs):
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(job()) for job in jobs]
    return [task.result() for task in tasks]
