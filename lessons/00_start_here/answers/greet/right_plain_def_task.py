# verdict: passed
# A plain def that returns an awaitable, here a task.
import asyncio


async def _say(name: str) -> str:
    await asyncio.sleep(0.1)
    return "Hello, {}!".format(name)


def greet(name: str) -> "asyncio.Task[str]":
    return asyncio.get_running_loop().create_task(_say(name))
