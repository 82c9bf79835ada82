# verdict: failed
# mistakes: never-awaited
# The first mirror's coroutine is handed back.
async def first_answer(mirrors, deadline):
    return mirrors[0]()
