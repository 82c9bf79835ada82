# verdict: passed
# A semaphore that is acquired before the task is made, and given back when it is done.
import asyncio


async def bounded(jobs, limit):
    slots = asyncio.Semaphore(limit)
    tasks = []
    async with asyncio.TaskGroup() as group:
        for job in jobs:
            await slots.acquire()
            task = group.create_task(job())
            task.add_done_callback(lambda _: slots.release())
            tasks.append(task)
    return [task.result() for task in tasks]
