# verdict: failed
# mistakes: cpu-burst
# A coroutine function that never awaits: nobody else runs until it is done.
async def stay_responsive(items, step):
    return sum(step(item) for item in items)
