# verdict: failed
# mistakes: leaked-tasks
# The losers are told to end, and nobody waits until they have.
import asyncio


async def first_answer(mirrors, deadline):
    tasks = [asyncio.create_task(mirror()) for mirror in mirrors]
    failures = []
    try:
        async with asyncio.timeout(deadline):
            for earliest in asyncio.as_completed(tasks):
                try:
                    return await earliest
                except Exception as error:
                    failures.append(error)
        raise ExceptionGroup("all failed", failures)
    finally:
        for task in tasks:
            task.cancel()
