# verdict: passed
# gather in one line; the annotations are postponed.
from __future__ import annotations

import asyncio


async def outcomes(jobs: list) -> list[object | BaseException]:
    return await asyncio.gather(*[j() for j in jobs], return_exceptions=True)
