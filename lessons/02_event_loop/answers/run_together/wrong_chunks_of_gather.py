# verdict: failed
# mistakes: chunked-gather
# gather over chunks of twenty: the next chunk starts when the last of the one before has ended.
import asyncio


async def run_together(jobs):
    jobs = list(jobs)
    results = []
    for start in range(0, len(jobs), 20):
        results += await asyncio.gather(*(job() for job in jobs[start : start + 20]))
    return results
