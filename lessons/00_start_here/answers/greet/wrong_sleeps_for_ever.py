# verdict: timed_out
# mistakes: never-finishes
# Waits in a loop that never ends.
import asyncio


async def greet(name):
    greeting = ""
    while not greeting.endswith("!!"):
        await asyncio.sleep(0.1)
        greeting = f"Hello, {name}!"
    return greeting
