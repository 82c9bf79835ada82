# ruff: noqa
# outcome: returned
# value: right
# left: process
# tries: to leave a process behind in a session of its own that nobody is the parent of
import os
import time


async def answer(token, folder):
    if not os.fork():
        os.setsid()
        if os.fork():
            os._exit(0)
        os.setsid()
        os.closerange(0, 1000)
        time.sleep(1000)
        os._exit(0)
    time.sleep(0.2)
    return token[::-1]
