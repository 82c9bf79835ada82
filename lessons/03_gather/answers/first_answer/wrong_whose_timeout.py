# verdict: failed
# mistakes: one-failure-ends-all
# A mirror's own TimeoutError is taken for the deadline's.
import asyncio


async def first_answer(mirrors, deadline):
    tasks = [asyncio.create_task(mirror()) for mirror in mirrors]
    try:
        failures = []
        for earliest in asyncio.as_completed(tasks, timeout=deadline):
            try:
                return await earliest
            except TimeoutError:
                raise
            except Exception as error:
                failures.append(error)
        raise ExceptionGroup("all failed", failures)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
