# ruff: noqa
# outcome: unreadable
# tries: to give back a coroutine in place of a value
async def answer(token, folder):
    return answer(token, folder)
