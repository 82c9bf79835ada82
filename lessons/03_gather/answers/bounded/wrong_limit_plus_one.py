# verdict: failed
# mistakes: limit-exceeded
# `<=` where `<` is meant: one job too many.
import asyncio


async def bounded(jobs, limit):
    running, tasks = set(), []
    try:
        for job in jobs:
            task = asyncio.create_task(job())
            tasks.append(task)
            running.add(task)
            if len(running) <= limit:
                continue
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()
        return [await task for task in tasks]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
