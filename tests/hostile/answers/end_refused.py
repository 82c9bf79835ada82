# ruff: noqa
# outcome: returned
# value: right
# tries: to be there for ever after it has answered
import asyncio
import atexit
import gc
import time


class Sticky:
    def __del__(self):
        while True:
            time.sleep(1)


async def sticky():
    while True:
        try:
            await asyncio.sleep(1000)
        except BaseException:
            pass


async def answer(token, folder):
    global kept
    atexit.register(time.sleep, 1000)
    kept = asyncio.create_task(sticky())
    circle = [Sticky()]
    circle.append(circle)
    gc.callbacks.append(lambda *_: time.sleep(0.1))
    return token[::-1]
