# verdict: passed
# comes near: never-finishes
# Workers that never end by themselves; queue.join() says when they may be cancelled.
import asyncio


async def bounded(jobs, limit):
    queue, results = asyncio.Queue(limit), []

    async def worker():
        while True:
            number, job = await queue.get()
            results[number] = await job()
            queue.task_done()

    async def feed():
        for number, job in enumerate(jobs):
            results.append(None)
            await queue.put((number, job))
        await queue.join()
        for each in workers:
            each.cancel()

    async with asyncio.TaskGroup() as group:
        workers = [group.create_task(worker()) for _ in range(limit)]
        group.create_task(feed())
    return results
