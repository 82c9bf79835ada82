# verdict: passed
# comes near: siblings-not-cancelled
# When a job fails, no new one begins, those under way come to their end, and then it raises.
import asyncio


async def bounded(jobs, limit):
    results, failures = {}, []
    numbered = enumerate(jobs)

    async def worker():
        while not failures:
            pair = next(numbered, None)
            if pair is None:
                return
            number, job = pair
            try:
                results[number] = await job()
            except Exception as error:
                failures.append(error)

    async with asyncio.TaskGroup() as group:
        for _ in range(limit):
            group.create_task(worker())
    if failures:
        raise failures[0]
    return [results[number] for number in range(len(results))]
