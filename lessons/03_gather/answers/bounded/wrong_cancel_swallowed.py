# verdict: failed
# mistakes: swallowed-cancel
# A worker that is cancelled takes the next job.
import asyncio


async def bounded(jobs, limit):
    results, numbered = {}, enumerate(jobs)

    async def worker():
        for number, job in numbered:
            try:
                results[number] = await job()
            except asyncio.CancelledError:
                print("job", number, "was cancelled")

    async with asyncio.TaskGroup() as group:
        for _ in range(limit):
            group.create_task(worker())
    return [results[number] for number in sorted(results)]
