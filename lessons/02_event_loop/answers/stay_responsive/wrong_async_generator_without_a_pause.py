# verdict: failed
# mistakes: cpu-burst
# async for over an async generator that never waits.
async def values(items, step):
    for item in items:
        yield step(item)


async def stay_responsive(items, step):
    total = 0
    async for value in values(items, step):
        total += value
    return total
