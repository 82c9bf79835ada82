# verdict: passed
# comes near: unbounded-concurrency, lost-task, leaked-tasks, session-not-closed
# No semaphore, no lock, no background task: the connector limits, a timer forgets, close waits for each shielded load.
import asyncio
import contextlib
import time

import aiohttp

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
        self._limit = limit
        self._max_age = max_age
        self._kept = {}  # number -> (when it was loaded, the city)
        self._flights = {}  # number -> the task that loads it for all who want it now
        self._calls = set()  # a future for each call of city and refresh that is under way
        self._closing = False
        self._session = None
        self._timer = None

    async def start(self):
        """Opens the session, asks whether the site is there, and begins to forget what is old."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._limit),  # so many connections, so many requests
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=300),
            raise_for_status=True,
        )
        try:
            async with self._session.get(f"{self._base}/"):
                pass
        except BaseException:
            await self._session.close()
            raise
        self._arm()

    async def city(self, number):
        """A city: {"id", "name", "country", "population", "token"}. Raises LookupError when the register lacks it."""
        with self._call():
            if number in self._kept:
                return self._kept[number][1]
            flight = self._flights.get(number)
            if flight is None:
                flight = self._flights[number] = asyncio.create_task(self._load(number))
                flight.add_done_callback(lambda flight: self._landed(number, flight))
            return await asyncio.shield(flight)  # who gives up does so for himself alone

    async def refresh(self, numbers):
        """Loads these cities anew, together; returns how many. Raises when one can't be loaded."""
        with self._call():
            try:
                async with asyncio.TaskGroup() as group:
                    for number in numbers:
                        group.create_task(self._load(number))
            finally:
                self.refreshed_at = time.monotonic()
        return len(numbers)

    async def close(self):
        """Takes no new work, waits for what is under way, and ends."""
        self._closing = True
        while under_way := [*self._calls, *self._flights.values()]:
            await asyncio.wait(under_way)
        if self._timer is not None:
            self._timer.cancel()
        if self._session is not None:
            await self._session.close()

    async def _load(self, number):
        """Loads one city and keeps it."""
        row = await self._pool.fetchrow(REGISTER, number)  # borrows a connection for this one query
        if row is None:
            raise LookupError(f"there is no city {number}")
        async with self._session.get(f"{self._base}/api/city/{number}") as response:
            page = await response.json()
        city = {**row, "token": page["token"]}
        self._kept[number] = (time.monotonic(), city)
        return city

    def _landed(self, number, flight):
        del self._flights[number]
        if not flight.cancelled():
            flight.exception()  # counts as seen, also when all who asked have given up

    def _arm(self):
        self._timer = asyncio.get_running_loop().call_later(self._max_age / 10, self._forget)

    def _forget(self):
        """Forgets what is old, and sets the timer for the next time."""
        old = time.monotonic() - self._max_age
        self._kept = {number: kept for number, kept in self._kept.items() if kept[0] >= old}
        self._arm()

    @contextlib.contextmanager
    def _call(self):
        """Notes a call that is under way; refuses it when the service is closing."""
        if self._closing:
            raise RuntimeError("the service is closed")
        over = asyncio.get_running_loop().create_future()
        self._calls.add(over)
        try:
            yield
        finally:
            self._calls.discard(over)
            over.set_result(None)
