# ruff: noqa
# outcome: unreadable, out_of_memory
# tries: a value larger than anybody wants to read
async def answer(token, folder):
    return [b"x" * 50_000_000] * 100
