# verdict: failed
# mistakes: lost-task, not-drained
# Two faults are left, both in how it ends.
import asyncio
import collections
import contextlib
import time

import aiohttp

REGISTER = "SELECT id, name, country, population FROM cities WHERE id = $1"


class CityService:
    """What is known about a city: from the register (the database) and from the site, kept for a while.

    base: the site's address, without a slash at its end. `base/` answers when the site is there;
        `base/api/city/NUMBER` gives a city's page as JSON, of which the "token" is wanted.
    pool: an asyncpg pool, opened and closed by the caller.
    limit: the most requests that the service may have in flight, all its calls together.
    max_age: seconds after which a kept city is forgotten.
    """

    def __init__(self, base, pool, limit, max_age=60.0):
        self._base = base
        self._pool = pool
        self._limit = limit
        self._max_age = max_age
        self._kept = {}  # number -> (when it was loaded, the city)
        self._closing = False
        self._under_way = 0  # calls of city and refresh
        self._idle = asyncio.Event()  # set while none is under way
        self._idle.set()
        self._slots = asyncio.Semaphore(limit)
        self._locks = collections.defaultdict(asyncio.Lock)  # one a city

    async def start(self):
        """Opens the session, asks whether the site is there, and begins to forget what is old."""
        self._session = aiohttp.ClientSession()
        async with self._session.get(f"{self._base}/") as response:
            response.raise_for_status()
        asyncio.create_task(self._forget())

    async def city(self, number):
        """A city: {"id", "name", "country", "population", "token"}. Raises LookupError when the register lacks it."""
        with self._work():
            async with self._locks[number]:
                if number in self._kept:
                    return self._kept[number][1]
                return await self._load(number)

    async def refresh(self, numbers):
        """Loads these cities anew, together; returns how many. Raises when one can't be loaded."""
        with self._work():
            try:
                async with asyncio.TaskGroup() as group:
                    for number in numbers:
                        group.create_task(self._load(number))
            finally:
                self.refreshed_at = time.monotonic()
        return len(numbers)

    async def close(self):
        """Takes no new work, and ends."""
        self._closing = True
        await self._session.close()

    async def _load(self, number):
        """Loads one city and keeps it."""
        async with self._pool.acquire() as connection:
            row = await connection.fetchrow(REGISTER, number)
        if row is None:
            raise LookupError(f"there is no city {number}")
        async with self._slots, self._session.get(f"{self._base}/api/city/{number}") as response:
            response.raise_for_status()
            page = await response.json()
        city = {**row, "token": page["token"]}
        self._kept[number] = (time.monotonic(), city)
        return city

    async def _forget(self):
        """Forgets what is old, again and again."""
        while True:
            await asyncio.sleep(self._max_age / 10)
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
