# verdict: failed
# mistakes: deadline-missed
# At the deadline it returns None.
import asyncio


async def first_answer(mirrors, deadline):
    tasks = [asyncio.create_task(mirror()) for mirror in mirrors]
    failures = []
    try:
        async with asyncio.timeout(deadline) as limit:
            for earliest in asyncio.as_completed(tasks):
                try:
                    return await earliest
                except Exception as error:
                    failures.append(error)
            raise ExceptionGroup("all failed", failures)
    except TimeoutError:
        return None
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
