# verdict: failed
# mistakes: too-little-concurrency
# A courteous pause after every job, taken while the place is held.
import asyncio


async def bounded(jobs, limit):
    results, numbered = {}, enumerate(jobs)

    async def worker():
        for number, job in numbered:
            results[number] = await job()
            await asyncio.sleep(0.4)

    async with asyncio.TaskGroup() as group:
        for _ in range(limit):
            group.create_task(worker())
    return [results[number] for number in sorted(results)]
