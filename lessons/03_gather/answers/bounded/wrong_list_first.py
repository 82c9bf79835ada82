# verdict: failed
# mistakes: everything-in-memory
# The workers are right, but the iterator is made a list first.
import asyncio


async def bounded(jobs, limit):
    jobs = list(jobs)
    results = [None] * len(jobs)
    numbers = iter(range(len(jobs)))

    async def worker():
        for number in numbers:
            results[number] = await jobs[number]()

    async with asyncio.TaskGroup() as group:
        for _ in range(limit):
            group.create_task(worker())
    return results
