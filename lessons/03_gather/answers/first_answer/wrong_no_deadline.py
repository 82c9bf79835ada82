# verdict: failed
# mistakes: deadline-missed
# The deadline is not looked at.
import asyncio


async def first_answer(mirrors, deadline):
    tasks = [asyncio.create_task(mirror()) for mirror in mirrors]
    failures = []
    try:
        for earliest in asyncio.as_completed(tasks):
            try:
                return await earliest
            except Exception as error:
                failures.append(error)
        raise ExceptionGroup("all failed", failures)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
