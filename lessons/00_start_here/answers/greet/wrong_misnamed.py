# verdict: not_attempted
# The function has another name than the one asked for.
import asyncio


async def greeting(name):
    await asyncio.sleep(0.1)
    return f"Hello, {name}!"
