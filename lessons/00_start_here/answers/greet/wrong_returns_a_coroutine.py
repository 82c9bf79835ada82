# verdict: failed
# mistakes: never-awaited
# Returns the coroutine of a helper instead of awaiting it.
import asyncio


async def say(name):
    await asyncio.sleep(0.1)
    return f"Hello, {name}!"


async def greet(name):
    return say(name)
