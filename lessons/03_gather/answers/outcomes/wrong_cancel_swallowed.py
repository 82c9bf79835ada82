# verdict: failed
# mistakes: swallowed-cancel
# Awaited in turn under `except BaseException`: the call's own cancellation is taken for an outcome.
import asyncio


async def outcomes(jobs):
    tasks = [asyncio.create_task(job()) for job in jobs]
    found = []
    for task in tasks:
        try:
            found.append(await task)
        except BaseException as error:
            found.append(error)
    return found
