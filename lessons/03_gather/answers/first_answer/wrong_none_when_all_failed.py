# verdict: failed
# mistakes: swallowed-exception
# When all mirrors have failed, it returns None.
import asyncio


async def first_answer(mirrors, deadline):
    tasks = [asyncio.create_task(mirror()) for mirror in mirrors]
    try:
        async with asyncio.timeout(deadline):
            for earliest in asyncio.as_completed(tasks):
                try:
                    return await earliest
                except Exception as error:
                    print("a mirror failed:", error)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
