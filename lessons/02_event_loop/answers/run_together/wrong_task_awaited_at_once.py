# verdict: failed
# mistakes: sequential-awaits
# Makes a task of each job and awaits it on the spot: tasks, but one at a time.
import asyncio


async def run_together(jobs):
    return [await asyncio.create_task(job()) for job in jobs]
