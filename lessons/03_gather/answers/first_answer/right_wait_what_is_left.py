# verdict: passed
# comes near: deadline-missed
# asyncio.wait in a loop, each time with what is left until the deadline.
import asyncio


async def first_answer(mirrors, deadline):
    clock = asyncio.get_running_loop().time
    end = clock() + deadline
    everyone = pending = {asyncio.create_task(mirror()) for mirror in mirrors}
    try:
        while pending:
            done, pending = await asyncio.wait(
                pending, timeout=max(0, end - clock()), return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                raise TimeoutError(f"no answer within {deadline} s")
            for task in done:
                if not task.cancelled() and task.exception() is None:
                    return task.result()
        raise LookupError("no mirror has it")
    finally:
        for task in everyone:
            task.cancel()
        await asyncio.gather(*everyone, return_exceptions=True)
