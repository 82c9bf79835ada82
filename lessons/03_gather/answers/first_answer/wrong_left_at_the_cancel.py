# verdict: failed
# mistakes: leaked-tasks
# Tidied up after a success and at the deadline, but not when the call is cancelled.
import asyncio


async def first_answer(mirrors, deadline):
    tasks = [asyncio.create_task(mirror()) for mirror in mirrors]
    pending, end = set(tasks), asyncio.get_running_loop().time() + deadline
    answer, good = None, False
    while pending and not good:
        left = end - asyncio.get_running_loop().time()
        done, pending = await asyncio.wait(pending, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            break
        for task in done:
            if not task.exception():
                answer, good = task.result(), True
    late = bool(pending)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    if good:
        return answer
    raise TimeoutError if late else RuntimeError("all failed")
