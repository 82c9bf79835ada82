# verdict: passed
# A set of running tasks, refilled whenever some have ended.
import asyncio
from itertools import islice


async def bounded(jobs, limit):
    running, results, jobs = {}, [], iter(jobs)
    try:
        while True:
            for job in islice(jobs, limit - len(running)):
                running[asyncio.ensure_future(job())] = len(results)
                results.append(None)
            if not running:
                return results
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                results[running.pop(task)] = task.result()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
