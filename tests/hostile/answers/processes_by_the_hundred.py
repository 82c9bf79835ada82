# ruff: noqa
# outcome: too_many_processes
# tries: a process that makes processes that make processes
import os
import time


async def answer(token, folder):
    while True:
        try:
            os.fork()
        except OSError:
            time.sleep(0.01)
