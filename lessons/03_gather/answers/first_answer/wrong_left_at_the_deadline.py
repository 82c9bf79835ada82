# verdict: failed
# mistakes: leaked-tasks
# After a success all is tidied up; at the deadline nothing is.
import asyncio


async def end(tasks):
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def first_answer(mirrors, deadline):
    tasks = [asyncio.create_task(mirror()) for mirror in mirrors]
    failures = []
    try:
        for earliest in asyncio.as_completed(tasks, timeout=deadline):
            try:
                answer = await earliest
            except Exception as error:
                if isinstance(error, TimeoutError) and any(not task.done() for task in tasks) and not error.args:
                    raise
                failures.append(error)
            else:
                await end(tasks)
                return answer
    except asyncio.CancelledError:
        await end(tasks)
        raise
    raise ExceptionGroup("all failed", failures)
