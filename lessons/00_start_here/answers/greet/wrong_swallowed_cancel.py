# verdict: failed
# mistakes: swallowed-cancel
# A cancel is caught and answered with a greeting.
import asyncio


async def greet(name):
    try:
        await asyncio.sleep(0.1)
    except asyncio.CancelledError:
        pass
    return f"Hello, {name}!"
