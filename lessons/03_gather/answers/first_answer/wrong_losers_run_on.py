# verdict: failed
# mistakes: leaked-tasks
# Nobody ends the losers.
import asyncio


async def first_answer(mirrors, deadline):
    tasks = [asyncio.create_task(mirror()) for mirror in mirrors]
    failures = []
    async with asyncio.timeout(deadline):
        for earliest in asyncio.as_completed(tasks):
            try:
                return await earliest
            except Exception as error:
                failures.append(error)
    raise ExceptionGroup("all failed", failures)
