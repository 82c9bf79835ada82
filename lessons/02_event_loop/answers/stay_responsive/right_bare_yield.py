# verdict: passed
# What asyncio.sleep(0) does inside: a bare yield, by a class with __await__.
class LetOthers:
    def __await__(self):
        yield


async def stay_responsive(items, step):
    total = 0
    for item in items:
        total += step(item)
        await LetOthers()
    return total
