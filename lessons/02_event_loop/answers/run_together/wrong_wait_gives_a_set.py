# verdict: failed
# mistakes: results-out-of-order
# asyncio.wait gives back a set: right as often as a set happens to be in order.
import asyncio


async def run_together(jobs):
    tasks = [asyncio.create_task(job()) for job in jobs]
    try:
        done, _ = await asyncio.wait(tasks)
        return [task.result() for task in sorted(done, key=id, reverse=True)]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
