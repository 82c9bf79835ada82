# verdict: failed
# mistakes: siblings-not-cancelled
# Workers under a plain gather: when a job fails, the other workers go on.
import asyncio


async def bounded(jobs, limit):
    results, numbered = {}, enumerate(jobs)

    async def worker():
        for number, job in numbered:
            results[number] = await job()

    await asyncio.gather(*(worker() for _ in range(limit)))
    return [results[number] for number in sorted(results)]
