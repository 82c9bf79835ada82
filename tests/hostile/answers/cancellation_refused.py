# ruff: noqa
# outcome: timed_out
# cancel: 0.2
# tries: to refuse being cancelled, for ever
import asyncio


async def answer(token, folder):
    while True:
        try:
            await asyncio.sleep(1000)
        except BaseException:
            pass
