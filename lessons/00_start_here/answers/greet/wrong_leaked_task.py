# verdict: failed
# mistakes: leaked-tasks
# The greeting is right and in time, but a clock that it started beside itself ticks on for ever.
import asyncio


async def clock():
    while True:
        await asyncio.sleep(0.05)


async def greet(name):
    ticking = asyncio.create_task(clock())
    await asyncio.sleep(0.1)
    return f"Hello, {name}!" if not ticking.done() else ""
