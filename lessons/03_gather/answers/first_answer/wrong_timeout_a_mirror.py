# verdict: failed
# mistakes: deadline-missed
# A timeout for each mirror: at the deadline all have failed, and that is what it says.
import asyncio


async def first_answer(mirrors, deadline):
    tasks = [asyncio.create_task(asyncio.wait_for(mirror(), deadline)) for mirror in mirrors]
    failures = []
    try:
        for earliest in asyncio.as_completed(tasks):
            try:
                return await earliest
            except Exception as error:
                failures.append(error)
        raise ExceptionGroup("no mirror answered", failures)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
