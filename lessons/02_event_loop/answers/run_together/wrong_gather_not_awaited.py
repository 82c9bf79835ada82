# verdict: failed
# mistakes: lost-task
# gather without await, and a pause that is meant to be long enough.
import asyncio


async def run_together(jobs):
    together = asyncio.gather(*(job() for job in jobs))
    await asyncio.sleep(0.1)
    return together.result() if together.done() else []
