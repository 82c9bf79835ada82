# verdict: failed
# mistakes: lost-task
# Starts the sleep as a task and doesn't wait for it: the greeting comes at once, the task stays behind.
import asyncio


async def greet(name):
    asyncio.create_task(asyncio.sleep(0.1))
    return f"Hello, {name}!"
