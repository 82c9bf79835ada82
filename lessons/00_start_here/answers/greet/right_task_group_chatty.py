# verdict: passed
# comes near: swallowed-cancel
# Waits in a task group, prints its progress and cleans up when it is cancelled, then lets the cancel through.
import asyncio


async def greet(name):
    print("greeting", name)
    try:
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(asyncio.sleep(0.1, name))
    except asyncio.CancelledError:
        print("cancelled")
        raise
    return "Hello, " + waiting.result() + "!"
