# verdict: passed
# Without a single sleep: a chain of callbacks, one step each, and a future for the sum.
import asyncio


def stay_responsive(items, step):
    loop = asyncio.get_running_loop()
    over = loop.create_future()
    items = iter(items)

    def go_on(total):
        if over.cancelled():
            return
        try:
            item = next(items)
        except StopIteration:
            over.set_result(total)
        else:
            loop.call_soon(go_on, total + step(item))

    loop.call_soon(go_on, 0)
    return over
