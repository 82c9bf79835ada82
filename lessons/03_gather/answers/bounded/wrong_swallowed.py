# verdict: failed
# mistakes: swallowed-exception
# A job that fails leaves None in the list.
import asyncio
from contextlib import suppress


async def bounded(jobs, limit):
    results, numbered = [], enumerate(jobs)

    async def worker():
        for number, job in numbered:
            results.append(None)
            with suppress(Exception):
                results[number] = await job()

    async with asyncio.TaskGroup() as group:
        for _ in range(limit):
            group.create_task(worker())
    return results
