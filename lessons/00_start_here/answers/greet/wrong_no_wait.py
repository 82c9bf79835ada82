# verdict: failed
# mistakes: wrong-result
# Returns at once: the wait that was asked for is left out.
async def greet(name):
    return f"Hello, {name}!"
