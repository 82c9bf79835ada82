# ruff: noqa
# outcome: unreadable
# tries: a value without end
async def answer(token, folder):
    value = []
    for _ in range(100_000):
        value = [value]
    return value
