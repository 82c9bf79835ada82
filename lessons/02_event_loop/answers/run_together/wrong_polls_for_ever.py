# verdict: timed_out
# mistakes: never-finishes
# Waits for a queue that gets one result less than it is asked for.
import asyncio


async def run_together(jobs):
    queue = asyncio.Queue()

    async def run(place, job):
        await queue.put((place, await job()))

    async with asyncio.TaskGroup() as group:
        for each in enumerate(jobs):
            group.create_task(run(*each))
        pairs = [await queue.get() for _ in range(len(jobs) + 1)]
    return [value for _, value in sorted(pairs)]
