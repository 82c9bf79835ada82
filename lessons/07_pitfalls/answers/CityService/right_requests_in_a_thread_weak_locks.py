# verdict: passed
# comes near: blocks-the-loop, swallowed-exception, swallowed-cancel, leaked-connections, limit-per-call
# requests, gather that hands errors back, a caught cancel, locks that vanish: off the loop, looked at, raised, in use.
import asyncio
import contextlib
import time
import weakref

import aiohttp
import requests

REGISTER = "SELECT id, name, country, population FROM cities WHERE id = $1"


class CityService:
    """What is known about a city: from the register (the database) and from the site, kept for a while.

    base: the site's address, without a slash at its end.
    pool: an asyncpg pool, opened and closed by the caller.
    limit: the most requests that the service may have in flight, all its calls together.
    max_age: seconds after which a kept city is forgotten.
    """

    def __init__(self, base, pool, limit, max_age=60.0):
        self._base = base
        self._pool = pool
        self._max_age = max_age
        self._kept = {}  # number -> (when it was loaded, the city)
        self._slots = asyncio.BoundedSemaphore(limit)
        self._locks = weakref.WeakValueDictionary()  # number -> its lock, for as long as somebody holds or awaits it
        self._enough = asyncio.Event()  # set when there is nothing more to forget
        self._closing = False
        self._under_way = 0  # calls of city and refresh
        self._idle = asyncio.Event()  # set while none is under way
        self._idle.set()

    async def start(self):
        """Asks whether the site is there, opens the session, and begins to forget what is old."""
        answer = await asyncio.to_thread(requests.get, f"{self._base}/", timeout=30)  # a thread waits, not the loop
        answer.raise_for_status()
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))  # the slots are the limit
        self._forgetting = asyncio.create_task(self._forget())

    async def city(self, number):
        """A city: {"id", "name", "country", "population", "token"}. Raises LookupError when the register lacks it."""
        with self._work():
            if number not in self._kept:
                lock = self._locks.setdefault(number, asyncio.Lock())
                async with lock:
                    if number not in self._kept:  # it may have come while this one waited
                        return await self._load(number)
            return self._kept[number][1]

    async def refresh(self, numbers):
        """Loads these cities anew, together; returns how many. Raises when one can't be loaded."""
        with self._work():
            try:
                outcomes = await asyncio.gather(*map(self._load, numbers), return_exceptions=True)
            except asyncio.CancelledError:
                print("refresh: cut short")
                raise
            finally:
                self.refreshed_at = time.monotonic()
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        if failures:
            raise BaseExceptionGroup("cities that could not be loaded", failures)
        return len(outcomes)

    async def close(self):
        """Takes no new work, waits for what is under way, and ends."""
        self._closing = True
        await self._idle.wait()
        self._enough.set()
        try:
            await self._forgetting  # ends by itself, at once
        finally:
            await self._session.close()

    async def _load(self, number):
        """Loads one city and keeps it."""
        connection = await self._pool.acquire()
        try:
            row = await connection.fetchrow(REGISTER, number)
        finally:
            await self._pool.release(connection)
        if row is None:
            raise LookupError(f"there is no city {number}")
        async with self._slots, self._session.get(f"{self._base}/api/city/{number}") as response:
            response.raise_for_status()
            page = await response.json()
        city = {**row, "token": page["token"]}
        self._kept[number] = (time.monotonic(), city)
        return city

    async def _forget(self):
        """Forgets what is old, again and again, until it is enough."""
        while not self._enough.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._max_age / 10):
                    await self._enough.wait()
            old = time.monotonic() - self._max_age
            for number in [number for number, (loaded, _) in self._kept.items() if loaded < old]:
                del self._kept[number]

    @contextlib.contextmanager
    def _work(self):
        """Counts a call that is under way; refuses it when the service is closing."""
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
