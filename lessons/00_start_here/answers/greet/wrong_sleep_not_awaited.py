# verdict: failed
# mistakes: never-awaited
# The await before asyncio.sleep is missing: it doesn't wait, and Python only warns.
import asyncio


async def greet(name):
    asyncio.sleep(0.1)
    return f"Hello, {name}!"
