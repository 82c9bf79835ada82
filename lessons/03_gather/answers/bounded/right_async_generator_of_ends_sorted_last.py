# verdict: passed
# comes near: results-out-of-order, chunked-gather, siblings-not-cancelled
# Results are kept as they end and places refilled in slices of the iterator, but at each end, and sorted before return.
import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing
from itertools import islice
from operator import itemgetter
from typing import Any


async def as_they_end(
    jobs: Iterator[Callable[[], Awaitable[Any]]], limit: int
) -> AsyncGenerator[tuple[int, Any], None]:
    numbered = enumerate(jobs)
    running: dict[asyncio.Future[Any], int] = {}
    try:
        while True:
            for number, job in islice(numbered, limit - len(running)):
                running[asyncio.ensure_future(job())] = number
            if not running:
                return
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield running[task], task.result()
                del running[task]
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def bounded(jobs: Iterator[Callable[[], Awaitable[Any]]], limit: int) -> list[Any]:
    async with aclosing(as_they_end(jobs, limit)) as ends:
        found = [each async for each in ends]
    found.sort(key=itemgetter(0))
    return [result for _, result in found]
