# verdict: failed
# mistakes: swallowed-exception
# return_exceptions on the workers, and nobody looks: the results of a failed worker are missing.
import asyncio


async def bounded(jobs, limit):
    results, numbered = {}, enumerate(jobs)

    async def worker():
        for number, job in numbered:
            results[number] = await job()

    await asyncio.gather(*(worker() for _ in range(limit)), return_exceptions=True)
    return [results[number] for number in sorted(results)]
