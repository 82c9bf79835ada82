# verdict: failed
# mistakes: everything-in-memory
# A queue without a size takes in all jobs at once.
import asyncio


async def bounded(jobs, limit):
    queue, results = asyncio.Queue(), {}
    for pair in enumerate(jobs):
        queue.put_nowait(pair)

    async def worker():
        while not queue.empty():
            number, job = queue.get_nowait()
            results[number] = await job()

    async with asyncio.TaskGroup() as group:
        for _ in range(limit):
            group.create_task(worker())
    return [results[number] for number in sorted(results)]
