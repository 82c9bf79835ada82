# ruff: noqa
# outcome: raised
# tries: to stop the loop from a callback
import asyncio


def boom():
    raise KeyboardInterrupt


async def answer(token, folder):
    asyncio.get_running_loop().call_soon(boom)
    await asyncio.sleep(0.05)
    raise KeyboardInterrupt
