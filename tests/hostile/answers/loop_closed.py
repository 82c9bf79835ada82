# ruff: noqa
# outcome: raised, died, timed_out
# tries: to take the loop away
import asyncio


async def answer(token, folder):
    loop = asyncio.get_running_loop()
    loop.stop()
    loop.close()
