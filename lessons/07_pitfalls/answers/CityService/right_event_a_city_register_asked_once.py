# verdict: passed
# comes near: race, limit-exceeded, lost-task, not-drained
# A first look outside any lock, a second try, a task in a mere set: noted before any await, in a slot, ended by close.
import asyncio
import collections
import contextlib
import json
import time

import aiohttp

REGISTER = "SELECT id, name, country, population FROM cities WHERE id = ANY($1)"
PAUSE = 0.1  # seconds before the second try, when the site says "not now"


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
        self._slots = asyncio.Semaphore(limit)
        self._max_age = max_age
        self._kept = collections.OrderedDict()  # number -> (when it was loaded, the city), the oldest first
        self._arriving = {}  # number -> an event: somebody is loading it, until it is set
        self._tasks = set()  # what runs beside the calls
        self._closing = False
        self._under_way = 0  # calls of city and refresh
        self._last_out = None  # a future, once close waits for the last call

    async def start(self):
        """Opens the session, asks whether the site is there, and begins to forget what is old."""
        self._session = aiohttp.ClientSession()
        try:
            await self._ask("/")
        except BaseException:
            await self._session.close()
            raise
        task = asyncio.create_task(self._forget())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def city(self, number):
        """A city: {"id", "name", "country", "population", "token"}. Raises LookupError when the register lacks it."""
        with self._work():
            while number not in self._kept:
                if number in self._arriving:
                    await self._arriving[number].wait()  # then look again: it may have failed
                    continue
                self._arriving[number] = asyncio.Event()
                try:
                    rows = await self._rows([number])
                    return await self._complete(rows[number])
                finally:
                    self._arriving.pop(number).set()
            return self._kept[number][1]

    async def refresh(self, numbers):
        """Loads these cities anew, together; returns how many. Raises when one can't be loaded."""
        with self._work():
            tasks = []
            try:
                rows = await self._rows(numbers)
                tasks += [asyncio.create_task(self._complete(rows[number])) for number in numbers]
                for ended in asyncio.as_completed(tasks):
                    await ended
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                self.refreshed_at = time.monotonic()
        return len(numbers)

    async def close(self):
        """Takes no new work, waits for what is under way, and ends."""
        self._closing = True
        if self._under_way:
            if self._last_out is None:
                self._last_out = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._last_out)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()

    async def _rows(self, numbers):
        """What the register says, by number: one question for all of them. Raises when it lacks one."""
        found = {row["id"]: dict(row) for row in await self._pool.fetch(REGISTER, list(numbers))}
        for number in numbers:
            if number not in found:
                raise LookupError(f"there is no city {number}")
        return found

    async def _complete(self, row):
        """Adds what the site knows, and keeps the city."""
        page = json.loads(await self._ask(f"/api/city/{row['id']}"))
        city = {**row, "token": page["token"]}
        self._kept[row["id"]] = (time.monotonic(), city)
        self._kept.move_to_end(row["id"])
        return city

    async def _ask(self, path):
        """The body of one page of the site; when the site is overloaded, a second try after a pause."""
        last = False
        while True:
            async with self._slots, self._session.get(self._base + path) as response:
                if response.status != 503 or last:
                    response.raise_for_status()
                    return await response.read()
            await asyncio.sleep(PAUSE)  # with the slot free for others
            last = True

    async def _forget(self):
        """Forgets what is old, again and again."""
        while True:
            await asyncio.sleep(self._max_age / 10)
            old = time.monotonic() - self._max_age
            while self._kept and next(iter(self._kept.values()))[0] < old:
                self._kept.popitem(last=False)

    @contextlib.contextmanager
    def _work(self):
        """Counts a call that is under way; refuses it when the service is closing."""
        if self._closing:
            raise RuntimeError("the service is closed")
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way and self._last_out is not None and not self._last_out.done():
                self._last_out.set_result(None)
