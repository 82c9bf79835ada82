# verdict: failed
# mistakes: blocks-the-loop
# Starts them together, and then waits for them with time.sleep: none can move in the meantime.
import asyncio
import time


async def run_together(jobs):
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(job()) for job in jobs]
        time.sleep(1)
    return [task.result() for task in tasks]
