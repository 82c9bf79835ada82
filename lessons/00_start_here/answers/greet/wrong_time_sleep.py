# verdict: failed
# mistakes: blocks-the-loop
# time.sleep holds the loop while it waits.
import time


async def greet(name):
    time.sleep(0.1)
    return f"Hello, {name}!"
