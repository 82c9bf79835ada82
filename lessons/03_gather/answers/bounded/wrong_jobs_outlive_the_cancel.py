# verdict: failed
# mistakes: leaked-tasks
# `except Exception` tidies up after a failure, but not after a cancel.
import asyncio


async def bounded(jobs, limit):
    running, tasks = set(), []
    try:
        for job in jobs:
            if len(running) >= limit:
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            tasks.append(asyncio.create_task(job()))
            running.add(tasks[-1])
        while running:
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    except Exception:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        raise
    return [task.result() for task in tasks]
