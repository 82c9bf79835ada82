# verdict: failed
# mistakes: wrong-result
# It returns the number of the mirror that won.
import asyncio


async def first_answer(mirrors, deadline):
    async def ask(number, mirror):
        await mirror()
        return number

    tasks = [asyncio.create_task(ask(*pair)) for pair in enumerate(mirrors)]
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
        await asyncio.gather(*tasks, return_exceptions=True)
