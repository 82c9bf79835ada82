# verdict: failed
# mistakes: called-twice
# A mirror that fails is asked once more.
import asyncio


async def first_answer(mirrors, deadline):
    async def ask(mirror):
        try:
            return await mirror()
        except Exception:
            return await mirror()

    tasks = [asyncio.create_task(ask(mirror)) for mirror in mirrors]
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
