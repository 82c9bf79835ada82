# verdict: passed
# Saved by an editor on Windows: a byte order mark in front and CRLF at every line's end.
from __future__ import annotations

import asyncio


async def greet(name: str) -> str:
    """Grüße, with letters beyond ASCII."""
    await asyncio.sleep(0.1)
    return f"Hello, {name}!"
