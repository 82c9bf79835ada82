# ruff: noqa
# outcome: timed_out
# tries: to go on for ever, politely
import asyncio


async def answer(token, folder):
    while True:
        await asyncio.sleep(0)
