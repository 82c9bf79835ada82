# verdict: passed
# One task is the service's whole life: its `async with` hold session and group, close() lets it out and waits for it.
import asyncio
import contextlib
import time

import aiohttp

COLUMNS = "id", "name", "country", "population"


class CityService:
    def __init__(self, base, pool, limit, max_age=60.0):
        self._site, self._pool, self._limit, self._max_age = base, pool, limit, max_age
        self._cities, self._first = {}, {}
        self._ready, self._end = asyncio.Event(), asyncio.Event()

    async def start(self):
        self._life = asyncio.create_task(self._live())
        waiting = asyncio.create_task(self._ready.wait())
        await asyncio.wait([waiting, self._life], return_when=asyncio.FIRST_COMPLETED)
        if not self._ready.is_set():
            waiting.cancel()
            await self._life  # raises what went wrong

    async def _live(self):
        limit = aiohttp.TCPConnector(limit=self._limit)
        async with aiohttp.ClientSession(connector=limit, raise_for_status=True) as self._session:
            async with self._session.get(f"{self._site}/"):
                self._ready.set()
            async with asyncio.TaskGroup() as self._group:
                forgetting = self._group.create_task(self._forget())
                await self._end.wait()
                forgetting.cancel()  # the block goes on until every load in the group has ended

    async def close(self):
        self._end.set()
        await self._life

    async def city(self, number):
        self._open()
        if number in self._cities:
            return self._cities[number][1]
        first = self._first.get(number)
        if first is None:
            first = self._first[number] = self._begin(number)
            first.add_done_callback(lambda _: self._first.pop(number))
        return await self._of(first)

    async def refresh(self, numbers):
        self._open()
        loads = [self._begin(number) for number in numbers]
        try:
            for load in loads:
                await self._of(load)
        finally:
            for load in loads:
                load.cancel()
        return len(loads)

    def _open(self):
        if self._end.is_set():
            raise RuntimeError("closed")

    def _begin(self, number):
        return self._group.create_task(self._caught(number))

    async def _caught(self, number):
        """A failing load must not end the group, and so the service: its error travels as a value."""
        try:
            return await self._load(number), None
        except Exception as error:
            return None, error

    async def _of(self, load):
        city, error = await asyncio.shield(load)
        if error:
            raise error
        return city

    async def _load(self, number):
        async with self._pool.acquire() as connection:
            found = await connection.fetch(f"SELECT {', '.join(COLUMNS)} FROM cities WHERE id = $1", number)
        if not found:
            raise LookupError(number)
        async with self._session.get(f"{self._site}/api/city/{number}") as response:
            city = dict(found[0], token=(await response.json())["token"])
        self._cities[number] = time.monotonic(), city
        return city

    async def _forget(self):
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                await asyncio.sleep(self._max_age / 10)
                old = time.monotonic() - self._max_age
                self._cities = {n: (when, city) for n, (when, city) in self._cities.items() if when > old}
