# ruff: noqa
# outcome: timed_out
# tries: to keep the loop for ever
async def answer(token, folder):
    while True:
        pass
