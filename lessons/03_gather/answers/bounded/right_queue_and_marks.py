# verdict: passed
# comes near: limit-exceeded
# A bounded queue, one task that fills it, a mark for each worker at its end.
import asyncio

END = object()


async def bounded(jobs, limit):
    queue = asyncio.Queue(maxsize=limit + 1)
    results = {}

    async def fill():
        for pair in enumerate(jobs):
            await queue.put(pair)
        for _ in range(limit):
            await queue.put(END)

    async def worker():
        while (item := await queue.get()) is not END:
            number, job = item
            results[number] = await job()

    async with asyncio.TaskGroup() as group:
        group.create_task(fill())
        for _ in range(limit):
            group.create_task(worker())
    return [results[n] for n in sorted(results)]
