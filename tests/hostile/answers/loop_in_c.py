# ruff: noqa
# outcome: timed_out
# tries: a single call of C code that no signal handler of Python's interrupts
async def answer(token, folder):
    return sum(x for x in iter(int, 1))
