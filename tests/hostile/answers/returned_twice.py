# ruff: noqa
# outcome: returned
# left: process
# tries: to answer from two processes at once
import os


async def answer(token, folder):
    os.fork()
    return str(os.getpid())
