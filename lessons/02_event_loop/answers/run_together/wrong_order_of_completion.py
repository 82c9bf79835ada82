# verdict: failed
# mistakes: results-out-of-order
# as_completed: the results in the order in which the jobs ended.
import asyncio


async def run_together(jobs):
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(job()) for job in jobs]
        return [await each for each in asyncio.as_completed(tasks)]
