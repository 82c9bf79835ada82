# verdict: failed
# mistakes: leaked-tasks
# A task that reports progress is never ended.
import asyncio


async def run_together(jobs):
    async def report():
        while True:
            await asyncio.sleep(0.1)

    reporter = asyncio.create_task(report())
    reporter.set_name("reporter")
    return await asyncio.gather(*(job() for job in jobs))
