# verdict: failed
# mistakes: one-failure-ends-all
# The first mirror that ends decides, even when it has failed.
import asyncio


async def first_answer(mirrors, deadline):
    tasks = [asyncio.create_task(mirror()) for mirror in mirrors]
    try:
        done, _ = await asyncio.wait(tasks, timeout=deadline, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            raise TimeoutError
        return done.pop().result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
