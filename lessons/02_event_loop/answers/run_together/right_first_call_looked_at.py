# verdict: passed
# comes near: called-twice
# Calls the first job to see what it gives, and uses just that: no job is called for a look alone.
import asyncio
import inspect


async def run_together(jobs):
    jobs = list(jobs)
    if not jobs:
        return []
    first = jobs[0]()
    if not inspect.isawaitable(first):
        raise TypeError("jobs must be functions that give something to await")
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(first)]
        tasks += [group.create_task(job()) for job in jobs[1:]]
    return [task.result() for task in tasks]
