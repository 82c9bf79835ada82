# verdict: passed
# comes near: chunked-gather
# Starts them in waves of ten with a sleep(0) in between: all of them run together before the first has ended.
import asyncio


async def run_together(jobs):
    async with asyncio.TaskGroup() as group:
        tasks = []
        for number, job in enumerate(jobs, start=1):
            tasks.append(group.create_task(job()))
            if number % 10 == 0:
                await asyncio.sleep(0)
    return [task.result() for task in tasks]
