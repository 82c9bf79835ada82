# verdict: passed
# No def at all: a name bound to a lambda that returns an awaitable.
import asyncio

greet = lambda name: asyncio.sleep(0.1, result=f"Hello, {name}!")  # noqa: E731
