# verdict: failed
# mistakes: everything-in-memory
# Hundred jobs are drawn ahead, however small the limit is.
import asyncio
from itertools import islice


async def bounded(jobs, limit):
    ahead, results, count = [], {}, 0

    def draw():
        nonlocal count
        if not ahead:
            ahead.extend(islice(jobs, 100))
            ahead.reverse()
        if not ahead:
            return None
        count += 1
        return count - 1, ahead.pop()

    async def worker():
        while pair := draw():
            results[pair[0]] = await pair[1]()

    async with asyncio.TaskGroup() as group:
        for _ in range(limit):
            group.create_task(worker())
    return [results[number] for number in sorted(results)]
