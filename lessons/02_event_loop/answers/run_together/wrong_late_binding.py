# verdict: failed
# mistakes: called-twice, wrong-result
# The lambda looks at `job` when it runs, and by then it is the last: one job many times, the others never.
import asyncio


async def run_together(jobs):
    async def run(pick):
        await asyncio.sleep(0)
        return await pick()()

    starts = []
    for job in jobs:
        starts.append(run(lambda: job))  # noqa: B023
    return await asyncio.gather(*starts)
