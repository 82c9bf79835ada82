"""The probes of CityService: one coroutine function for each of the eight faults.

Loaded in the child, beside the answer. A probe makes a service of its own, does with it what a program would, and
tells what became of each call, never how that is to be judged. It cancels nothing but what it is about: whoever
doesn't end is left where it stands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import answer  # type: ignore[import-not-found]

ROOM = 100  # a limit that is in nobody's way

Outcome = tuple[str, Any]  # ("returned", value), ("raised", error), ("cancelled", None), ("hangs", None)


async def outcome(call: Awaitable[Any], seconds: float = 6.0) -> Outcome:
    """What became of a call within so many seconds."""
    task = asyncio.ensure_future(call)
    await asyncio.wait([task], timeout=seconds)
    return settled(task)


def settled(task: asyncio.Future[Any]) -> Outcome:
    if not task.done():
        return "hangs", None
    if task.cancelled():
        return "cancelled", None
    error = task.exception()
    return ("raised", error) if error else ("returned", task.result())


async def started(base: str, pool: Any, limit: int = ROOM, **more: Any) -> Any:
    service = answer.CityService(base, pool, limit, **more)
    await service.start()
    return service


async def holding(base: str, pool: Any, number: int) -> dict[str, Any]:
    """An ordinary life: start, a city, the same again, loaded anew, close."""
    await asyncio.sleep(0.05)  # the heartbeat beats
    service = await started(base, pool)
    cities = [await outcome(service.city(number)) for _ in range(2)]
    count = await outcome(service.refresh([number]))
    cities.append(await outcome(service.city(number)))
    return {"cities": cities, "counts": [count], "close": await outcome(service.close())}


async def crowd(base: str, pool: Any, limit: int, groups: list[list[int]]) -> dict[str, Any]:
    """Several callers refresh at the same time; afterwards all of it is kept."""
    service = await started(base, pool, limit)
    counts = await asyncio.gather(*(outcome(service.refresh(group), 12.0) for group in groups))
    return {"counts": counts, "cities": [await outcome(service.city(group[0])) for group in groups]}


async def leaving(base: str, pool: Any, number: int) -> dict[str, Any]:
    """Start, a city, close: what is left then is seen from outside."""
    service = await started(base, pool, max_age=2.0)
    cities = [await outcome(service.city(number))]
    await asyncio.sleep(0.3)
    return {"cities": cities, "close": await outcome(service.close())}


async def failing(base: str, pool: Any, numbers: list[int]) -> dict[str, Any]:
    """A refresh of several, one of which the site answers with an error."""
    service = await started(base, pool)
    return {"refresh": await outcome(service.refresh(numbers))}


async def cancelling(base: str, pool: Any, numbers: list[int], after: float, patience: float) -> dict[str, Any]:
    """A refresh that is cancelled while its requests are under way."""
    service = await started(base, pool)
    task = asyncio.ensure_future(service.refresh(numbers))
    await asyncio.sleep(after)
    early = task.done()
    task.cancel()
    await asyncio.wait([task], timeout=patience)
    return {"refresh": settled(task), "early": early}


async def together(base: str, pool: Any, number: int, callers: int) -> dict[str, Any]:
    """Several callers want the same city at the same time."""
    service = await started(base, pool)
    return {"cities": await asyncio.gather(*(outcome(service.city(number)) for _ in range(callers)))}


async def erring(base: str, pool: Any, unknown: list[int], number: int, patience: float) -> dict[str, Any]:
    """Cities that the register lacks, as many as the pool has connections; then one that it has."""
    service = await started(base, pool)
    errors = []
    for each in unknown:
        errors.append(await outcome(service.city(each), patience))
        if errors[-1][0] == "hangs":
            break
    return {"errors": errors, "cities": [await outcome(service.city(number), patience)]}


async def closing(base: str, pool: Any, numbers: list[int], after: float) -> dict[str, Any]:
    """A close while cities are under way."""
    service = await started(base, pool)
    cities = [asyncio.ensure_future(service.city(number)) for number in numbers]
    await asyncio.sleep(after)
    close = await outcome(service.close())
    await asyncio.sleep(0.1)  # those who were waited for may still have a step to go
    late = sum(not city.done() for city in cities)
    await asyncio.wait(cities, timeout=3.0)
    return {"cities": [settled(city) for city in cities], "close": close, "late": late}
