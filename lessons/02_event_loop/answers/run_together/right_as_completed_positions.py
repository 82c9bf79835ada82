# verdict: passed
# as_completed gives results as they come; each brings its position along, and a finally ends what is left.
import asyncio


async def run_together(jobs):
    async def numbered(position, job):
        return position, await job()

    tasks = [asyncio.ensure_future(numbered(*pair)) for pair in enumerate(jobs)]
    found = {}
    try:
        for next_one in asyncio.as_completed(tasks):
            position, value = await next_one
            found[position] = value
            print(f"{len(found)} of {len(tasks)}", end="\r")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return [found[position] for position in range(len(tasks))]
