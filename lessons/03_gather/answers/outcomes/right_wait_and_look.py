# verdict: passed
# asyncio.wait, then a look at each task; a finally that cancels and waits.
import asyncio


def ended_with(task):
    if task.cancelled():
        return asyncio.CancelledError()
    return task.exception() or task.result()


async def outcomes(jobs):
    tasks = [asyncio.create_task(job()) for job in jobs]
    try:
        await asyncio.wait(tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return [ended_with(task) for task in tasks]
