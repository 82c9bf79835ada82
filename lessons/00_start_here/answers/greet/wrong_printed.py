# verdict: failed
# mistakes: wrong-result
# Prints the greeting and forgets to return it.
import asyncio


async def greet(name):
    await asyncio.sleep(0.1)
    print(f"Hello, {name}!")
