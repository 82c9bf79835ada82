# ruff: noqa
# outcome: raised
# tries: fewer parameters than it is given
async def answer():
    return None
