# verdict: passed
# comes near: one-failure-ends-all
# A TaskGroup whose jobs never let an Exception out; a cancelled one is asked for afterwards.
import asyncio


async def kept(job):
    try:
        return await job()
    except Exception as error:
        return error


async def outcomes(jobs):
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(kept(job), name=f"job {n}") for n, job in enumerate(jobs)]
    return [asyncio.CancelledError("on its own") if task.cancelled() else task.result() for task in tasks]
