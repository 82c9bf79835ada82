# verdict: crashed
# asyncio is never imported, so the call raises NameError.
async def greet(name):
    await asyncio.sleep(0.1)  # noqa: F821
    return f"Hello, {name}!"
