# verdict: failed
# mistakes: cpu-burst
# A task for every step: each is short, but they stand in line together and everyone else behind them.
import asyncio


async def stay_responsive(items, step):
    async def one(item):
        return step(item)

    return sum(await asyncio.gather(*(one(item) for item in items)))
