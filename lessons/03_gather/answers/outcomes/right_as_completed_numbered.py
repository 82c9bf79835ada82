# verdict: passed
# as_completed of wrappers that carry their place; a dict at the end becomes the list.
import asyncio


async def outcomes(jobs):
    async def numbered(number, job):
        inner = asyncio.ensure_future(job())
        try:
            await asyncio.wait([inner])
        except asyncio.CancelledError:
            inner.cancel()
            await asyncio.wait([inner])
            raise
        if inner.cancelled():
            return number, asyncio.CancelledError()
        return number, inner.exception() if inner.exception() else inner.result()

    tasks = [asyncio.create_task(numbered(*pair)) for pair in enumerate(jobs)]
    found = {}
    try:
        for earliest in asyncio.as_completed(tasks):
            number, outcome = await earliest
            found[number] = outcome
            print("job", number, "is over:", type(outcome).__name__)
    finally:
        [task.cancel() for task in tasks]
        await asyncio.gather(*tasks, return_exceptions=True)
    return [found[number] for number in sorted(found)]
