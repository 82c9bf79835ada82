# ruff: noqa
# outcome: returned
# value: wrong
# tries: nothing at all
async def answer(token, folder):
    """Give back the token, turned around."""
    ...
