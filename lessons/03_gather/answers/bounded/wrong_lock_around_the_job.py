# verdict: failed
# mistakes: sequential-awaits
# Workers, and a lock that lets only one of them work.
import asyncio


async def bounded(jobs, limit):
    results, numbered, lock = {}, enumerate(jobs), asyncio.Lock()

    async def worker():
        for number, job in numbered:
            async with lock:
                results[number] = await job()

    async with asyncio.TaskGroup() as group:
        for _ in range(limit):
            group.create_task(worker())
    return [results[number] for number in sorted(results)]
