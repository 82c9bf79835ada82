# verdict: passed
# Plain gather over tasks: when one fails the others go on, which lesson 03 is about and not this one.
import asyncio


async def run_together(jobs):
    tasks = []
    for job in jobs:
        tasks.append(asyncio.create_task(job()))
    results = await asyncio.gather(*tasks)
    return results
