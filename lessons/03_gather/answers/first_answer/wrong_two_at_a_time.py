# verdict: failed
# mistakes: too-little-concurrency
# Two mirrors at a time, to be polite.
import asyncio


async def first_answer(mirrors, deadline):
    slots, failures = asyncio.Semaphore(2), []

    async def ask(mirror):
        async with slots:
            return await mirror()

    tasks = [asyncio.create_task(ask(mirror)) for mirror in mirrors]
    try:
        async with asyncio.timeout(deadline):
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
