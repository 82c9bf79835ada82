# ruff: noqa
# outcome: out_of_memory
# tries: all the memory, a little at a time
import asyncio


async def answer(token, folder):
    kept = []
    while True:
        kept.append(b"x" * (1 << 20))
        await asyncio.sleep(0)
