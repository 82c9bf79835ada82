# ruff: noqa
# outcome: out_of_memory
# tries: all the memory at once
async def answer(token, folder):
    return len(b"x" * (20 << 30))
