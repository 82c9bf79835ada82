# verdict: failed
# mistakes: leaked-tasks
# Right until it is cancelled: the await that is under way ends, the other tasks go on.
import asyncio


async def run_together(jobs):
    tasks = [asyncio.create_task(job()) for job in jobs]
    return [await task for task in tasks]
