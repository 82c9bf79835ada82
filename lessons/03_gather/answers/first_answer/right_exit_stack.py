# verdict: passed
# timeout_at and an exit stack that ends each mirror.
import asyncio
from contextlib import AsyncExitStack, asynccontextmanager


@asynccontextmanager
async def running(mirror):
    task = asyncio.create_task(mirror())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})


async def first_answer(mirrors, deadline):
    at = asyncio.get_running_loop().time() + deadline
    async with AsyncExitStack() as stack:
        tasks = [await stack.enter_async_context(running(mirror)) for mirror in mirrors]
        stack.push_async_callback(cancel_all, tasks)
        async with asyncio.timeout_at(at):
            pending = set(tasks)
            while pending:
                done, pending = await asyncio.wait(pending, return_when="FIRST_COMPLETED")
                if good := [task for task in done if not task.exception()]:
                    return good[0].result()
        raise OSError("all mirrors failed")


async def cancel_all(tasks):
    for task in tasks:
        task.cancel()
