# verdict: passed
# The loop's own timer sets a future's result; no asyncio.sleep.
from __future__ import annotations

import asyncio


async def greet(name: str) -> str:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()
    timer = loop.call_later(0.1, lambda: answer.done() or answer.set_result(f"Hello, {name}!"))
    try:
        return await answer
    finally:
        timer.cancel()
