# verdict: passed
# Older forms: a race without a deadline, and wait_for around it.
import asyncio


async def race(mirrors):
    tasks = [asyncio.ensure_future(mirror()) for mirror in mirrors]
    try:
        last = None
        for future in asyncio.as_completed(tasks):
            try:
                return await future
            except Exception as error:
                last = error
        raise last
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def first_answer(mirrors, deadline):
    return asyncio.wait_for(race(mirrors), timeout=deadline)
