# verdict: failed
# mistakes: lost-task
# FIRST_EXCEPTION: when one fails the others are not waited for.
import asyncio


async def outcomes(jobs):
    tasks = [asyncio.create_task(job()) for job in jobs]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    return [
        None if not t.done() else asyncio.CancelledError() if t.cancelled() else t.exception() or t.result()
        for t in tasks
    ]
