# verdict: failed
# mistakes: called-twice
# A job that fails is tried once more before the failure is believed.
import asyncio


async def bounded(jobs, limit):
    results, numbered = {}, enumerate(jobs)

    async def worker():
        for number, job in numbered:
            try:
                results[number] = await job()
            except Exception:
                results[number] = await job()

    async with asyncio.TaskGroup() as group:
        for _ in range(limit):
            group.create_task(worker())
    return [results[number] for number in sorted(results)]
