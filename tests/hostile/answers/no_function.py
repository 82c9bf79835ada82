# ruff: noqa
# outcome: no_function
# tries: a function of another name
async def anwser(token, folder):
    return token[::-1]
