# verdict: timed_out
# mistakes: never-finishes
# A worker dies with its job, nobody says task_done, and join waits for ever.
import asyncio


async def bounded(jobs, limit):
    queue, results = asyncio.Queue(limit), {}

    async def worker():
        while True:
            number, job = await queue.get()
            results[number] = await job()
            queue.task_done()

    workers = [asyncio.create_task(worker()) for _ in range(limit)]
    try:
        for pair in enumerate(jobs):
            await queue.put(pair)
        await queue.join()
    finally:
        for each in workers:
            each.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return [results[number] for number in sorted(results)]
