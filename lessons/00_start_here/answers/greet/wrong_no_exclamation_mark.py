# verdict: failed
# mistakes: wrong-result
# The text lacks its exclamation mark.
import asyncio


async def greet(name):
    await asyncio.sleep(0.1)
    return f"Hello, {name}"
