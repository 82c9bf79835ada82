# verdict: passed
# comes near: leaked-tasks
# A task of its own reports every 50 ms how many are done, and is ended before the function returns.
import asyncio
import contextlib


async def run_together(jobs):
    async def report(tasks):
        while True:
            await asyncio.sleep(0.05)
            print(sum(task.done() for task in tasks), "done")

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(job()) for job in jobs]
        async with contextlib.AsyncExitStack() as stack:
            reporter = asyncio.create_task(report(tasks))
            stack.callback(reporter.cancel)
            if tasks:
                await asyncio.wait(tasks)
    await asyncio.gather(reporter, return_exceptions=True)
    return [task.result() for task in tasks]
