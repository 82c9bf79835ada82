# verdict: failed
# mistakes: lost-task
# When the iterator is at its end, the last jobs are still running.
import asyncio


async def bounded(jobs, limit):
    slots, results = asyncio.Semaphore(limit), []

    async def one(number, job):
        try:
            results[number] = await job()
        finally:
            slots.release()

    tasks = []
    try:
        for number, job in enumerate(jobs):
            await slots.acquire()
            for task in tasks:
                if task.done():
                    task.result()
            results.append(None)
            tasks.append(asyncio.create_task(one(number, job)))
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    return results
