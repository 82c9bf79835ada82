# verdict: passed
# asyncio.sleep hands back the result that it was given: everything in one line.
import asyncio


async def greet(name):
    return await asyncio.sleep(0.1, f"Hello, {name}!")
