# verdict: passed
# Waits by letting a timeout run out on something that never happens.
import asyncio


async def greet(name):
    try:
        async with asyncio.timeout(0.1):
            await asyncio.Event().wait()
    except TimeoutError:
        return f"Hello, {name}!"
