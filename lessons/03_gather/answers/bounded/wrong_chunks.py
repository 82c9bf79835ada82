# verdict: failed
# mistakes: chunked-gather
# Chunks of `limit`: each waits for its slowest.
import asyncio
from itertools import islice


async def bounded(jobs, limit):
    results = []
    while chunk := list(islice(jobs, limit)):
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(job()) for job in chunk]
        results += [task.result() for task in tasks]
    return results
