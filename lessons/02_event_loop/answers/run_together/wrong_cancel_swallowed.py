# verdict: failed
# mistakes: swallowed-cancel
# Catches the cancellation, ends the jobs, and returns what it has as if nothing had been.
import asyncio


async def run_together(jobs):
    tasks = [asyncio.create_task(job()) for job in jobs]
    try:
        return await asyncio.gather(*tasks)
    except asyncio.CancelledError:
        await asyncio.gather(*tasks, return_exceptions=True)
        return [task.result() for task in tasks if not task.cancelled()]
