# verdict: passed
# Every mirror puts its end into a queue, and one reader looks for a success.
import asyncio


async def first_answer(mirrors, deadline):
    ends = asyncio.Queue()

    async def ask(mirror):
        try:
            await ends.put((True, await mirror()))
        except Exception as error:
            await ends.put((False, error))

    tasks = [asyncio.create_task(ask(mirror), name=f"mirror {n}") for n, mirror in enumerate(mirrors)]
    try:
        async with asyncio.timeout(deadline):
            for _ in tasks:
                good, what = await ends.get()
                if good:
                    return what
                print("a mirror failed:", what)
            raise what
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
