# verdict: passed
# comes near: not-drained
# Each fault mended where it stands, in as few words as possible: to_thread, a future a city, try and finally, polling.
import asyncio
import contextlib
import time

import aiohttp
import requests

REGISTER = "SELECT id, name, country, population FROM cities WHERE id = $1"


class CityService:
    """The program as it was given, and a line or two for each fault."""

    def __init__(self, base, pool, limit, max_age=60.0):
        self._base = base
        self._pool = pool
        self._limit = limit
        self._max_age = max_age
        self._kept = {}
        self._loading = {}
        self._closing = False
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._slots = asyncio.Semaphore(limit)

    async def start(self):
        self._session = aiohttp.ClientSession()
        answer = await asyncio.to_thread(requests.get, f"{self._base}/")  # still requests, but not on the loop
        answer.raise_for_status()
        self._task = asyncio.create_task(self._forget())

    async def city(self, number):
        with self._work():
            if number in self._kept:
                return self._kept[number][1]
            if number not in self._loading:  # no await between this look and the mark
                self._loading[number] = asyncio.ensure_future(self._load(number))
                self._loading[number].add_done_callback(lambda _: self._loading.pop(number))
            return await asyncio.shield(self._loading[number])

    async def refresh(self, numbers):
        with self._work():
            try:
                await asyncio.gather(*[self._load(number) for number in numbers])
            except asyncio.CancelledError:
                print("refresh: cut short")
                raise
            finally:
                self.refreshed_at = time.monotonic()
        return len(numbers)

    async def close(self):
        self._closing = True
        while self._under_way:
            await asyncio.sleep(0.01)
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self._session.close()

    async def _load(self, number):
        connection = await self._pool.acquire()
        try:
            row = await connection.fetchrow(REGISTER, number)
            if row is None:
                raise LookupError(f"there is no city {number}")
        finally:
            await self._pool.release(connection)
        async with self._slots:
            async with self._session.get(f"{self._base}/api/city/{number}") as response:
                response.raise_for_status()
                page = await response.json()
        city = {**row, "token": page["token"]}
        self._kept[number] = (time.monotonic(), city)
        return city

    async def _forget(self):
        while True:
            await asyncio.sleep(self._max_age / 10)
            old = time.monotonic() - self._max_age
            for number in [number for number, (loaded, _) in self._kept.items() if loaded < old]:
                del self._kept[number]

    @contextlib.contextmanager
    def _work(self):
        if self._closing:
            raise RuntimeError("the service is closed")
        self._under_way += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()
