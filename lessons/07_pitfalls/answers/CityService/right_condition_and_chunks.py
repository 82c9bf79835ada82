# verdict: passed
# A condition counts what is under way; refresh in chunks behind one gate; no task at all: it forgets as it looks.
import asyncio
import time

import aiohttp


class CityService:
    def __init__(self, base, pool, limit, max_age=60.0):
        self.base = base
        self.pool = pool
        self.gate = asyncio.BoundedSemaphore(limit)
        self.limit = limit
        self.max_age = max_age
        self.kept = {}
        self.busy = 0
        self.change = asyncio.Condition()
        self.loading = set()
        self.session = None

    async def start(self):
        self.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        response = await self.session.get(self.base + "/")
        response.release()
        response.raise_for_status()

    async def city(self, number):
        await self.enter()
        try:
            async with self.change:
                await self.change.wait_for(lambda: number not in self.loading)
                loaded, city = self.kept.get(number, (0.0, None))
                if city is not None and time.monotonic() - loaded < self.max_age:
                    return city
                self.loading.add(number)
            try:
                return await self.load(number)
            finally:
                async with self.change:
                    self.loading.discard(number)
                    self.change.notify_all()
        finally:
            await self.leave()

    async def refresh(self, numbers):
        await self.enter()
        try:
            for start in range(0, len(numbers), self.limit):
                async with asyncio.TaskGroup() as group:
                    for number in numbers[start : start + self.limit]:
                        group.create_task(self.load(number))
        finally:
            await self.leave()
        return len(numbers)

    async def close(self):
        session, self.session = self.session, None
        async with self.change, asyncio.timeout(60):
            await self.change.wait_for(lambda: self.busy == 0)
        await session.close()

    async def enter(self):
        if self.session is None:
            raise RuntimeError("not open")
        self.busy += 1

    async def leave(self):
        async with self.change:
            self.busy -= 1
            self.change.notify_all()

    async def load(self, number):
        session = self.session
        async with self.gate:
            row = await self.pool.fetchrow(
                "SELECT id, name, country, population FROM cities WHERE id = $1", number
            )
            if not row:
                raise LookupError("no such city")
            async with (session or self.session).get(f"{self.base}/api/city/{number}") as response:
                response.raise_for_status()
                token = (await response.json())["token"]
        city = {"id": row["id"], "name": row["name"], "country": row["country"],
                "population": row["population"], "token": token}
        self.kept[number] = (time.monotonic(), city)
        return city
