# verdict: passed
# gather of workers without a TaskGroup, the rest cancelled by hand.
import asyncio


async def bounded(jobs, limit):
    results = {}
    numbers = iter(range(10**12))
    jobs = iter(jobs)

    async def worker():
        while True:
            try:
                job = next(jobs)
            except StopIteration:
                return
            number = next(numbers)
            results[number] = await job()

    workers = [asyncio.ensure_future(worker()) for _ in range(limit)]
    try:
        await asyncio.gather(*workers)
    finally:
        for each in workers:
            each.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return list(map(results.__getitem__, range(len(results))))
