# verdict: passed
# The connector is the limit; a task a city that is shared; close() waits for the tasks themselves; gather, looked at.
from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp


class CityService:
    def __init__(self, base: str, pool: Any, limit: int, max_age: float = 60.0) -> None:
        self.base, self.pool, self.limit, self.max_age = base, pool, limit, max_age
        self.cities: dict[int, dict[str, Any]] = {}
        self.loaded: dict[int, float] = {}
        self.tasks: dict[int, asyncio.Task[dict[str, Any]]] = {}
        self.all_tasks: set[asyncio.Task[Any]] = set()
        self.open = False

    async def start(self) -> None:
        connector = aiohttp.TCPConnector(limit=self.limit)
        self.session = aiohttp.ClientSession(connector=connector, raise_for_status=True)
        async with self.session.head(self.base + "/") as response:
            self.there = response.ok
        self.sweeper = asyncio.create_task(self.sweep(), name="sweeper")
        self.open = True

    def begin(self, number: int) -> asyncio.Task[dict[str, Any]]:
        """A task that loads the city: held here until it is done."""
        if not self.open:
            raise RuntimeError("closed")
        task = asyncio.create_task(self.load(number))
        self.all_tasks.add(task)
        task.add_done_callback(self.all_tasks.discard)
        return task

    async def city(self, number: int) -> dict[str, Any]:
        if not self.open:
            raise RuntimeError("closed")
        if number in self.cities:
            return self.cities[number]
        task = self.tasks.get(number)
        if task is None:
            task = self.tasks[number] = self.begin(number)
            task.add_done_callback(lambda done: self.tasks.pop(number, None))
        return await asyncio.shield(task)  # who gives up doesn't take it from the others

    async def refresh(self, numbers: list[int]) -> int:
        tasks = [self.begin(number) for number in numbers]
        try:
            found = await asyncio.gather(*tasks, return_exceptions=True)
        except BaseException:
            for task in tasks:
                task.cancel()
            raise
        errors = [one for one in found if isinstance(one, Exception)]
        if errors:
            raise ExceptionGroup("refresh", errors)
        return len(found)

    async def close(self) -> None:
        self.open = False
        if self.all_tasks:
            await asyncio.wait(self.all_tasks, timeout=30)
        self.sweeper.cancel()
        await asyncio.gather(self.sweeper, return_exceptions=True)
        await self.session.close()

    async def load(self, number: int) -> dict[str, Any]:
        row = await self.pool.fetchrow("SELECT id, name, country, population FROM cities WHERE id = $1", number)
        if row is None:
            raise LookupError(number)
        async with self.session.get(f"{self.base}/api/city/{number}") as response:
            self.cities[number] = {**row, "token": (await response.json())["token"]}
        self.loaded[number] = time.monotonic()
        return self.cities[number]

    async def sweep(self) -> None:
        while True:
            await asyncio.sleep(self.max_age / 5)
            for number, when in list(self.loaded.items()):
                if time.monotonic() - when > self.max_age:
                    self.cities.pop(number, None)
                    del self.loaded[number]
