# verdict: passed
# comes near: never-awaited
# A plain def that gives back a future to await: gather's own, with no async def at all.
import asyncio


def run_together(jobs):
    return asyncio.gather(*[job() for job in jobs])
