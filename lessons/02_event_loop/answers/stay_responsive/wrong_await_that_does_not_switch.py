# verdict: failed
# mistakes: cpu-burst
# Awaits a coroutine after every step; nothing in it ever waits, so the loop gets no turn.
async def add(total, item, step):
    return total + step(item)


async def stay_responsive(items, step):
    total = 0
    for item in items:
        total = await add(total, item, step)
    return total
