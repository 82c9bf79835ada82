# verdict: failed
# mistakes: wrong-result
# Counts the items first: of an iterator nothing is left after that.
import asyncio


async def stay_responsive(items, step):
    count = sum(1 for _ in items)
    total = 0
    for number, item in enumerate(items):
        total += step(item)
        await asyncio.sleep(0)
    return total if number_is_sane(count) else -1


def number_is_sane(count):
    return count >= 0
