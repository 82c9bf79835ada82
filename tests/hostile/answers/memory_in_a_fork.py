# ruff: noqa
# outcome: out_of_memory
# tries: to have another process hold the memory
import os
import time


async def answer(token, folder):
    if not os.fork():
        os.setsid()
        kept = bytearray(b"x" * (400 << 20))
        time.sleep(1000 + len(kept))
    time.sleep(1000)
