# verdict: passed
# comes near: lost-task, wrong-result
# The shortest there is.
import asyncio


async def greet(name):
    await asyncio.sleep(0.01)
    return f"Hello, {name}!"
