# verdict: failed
# mistakes: too-little-concurrency
# One worker too few.
import asyncio


async def bounded(jobs, limit):
    results, numbered = {}, enumerate(jobs)

    async def worker():
        for number, job in numbered:
            results[number] = await job()

    async with asyncio.TaskGroup() as group:
        for _ in range(1, limit):
            group.create_task(worker())
    return [results[number] for number in sorted(results)]
