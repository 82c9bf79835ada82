# verdict: failed
# mistakes: learnt-by-heart, wrong-result
# Greets
# always the same.
async def greet(name):
    return "Hello, Ada!"
