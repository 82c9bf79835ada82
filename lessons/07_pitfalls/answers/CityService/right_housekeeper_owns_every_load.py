# verdict: passed
# comes near: leaked-tasks, session-not-closed, swallowed-exception, never-finishes
# close closes no session, a group holds loads that may fail: its housekeeper closes, and failures go to the callers.
import asyncio
import contextlib
import time

import aiohttp

REGISTER = "SELECT id, name, country, population FROM cities WHERE id = $1"


class CityService:
    """What is known about a city: from the register (the database) and from the site, kept for a while.

    One task, the housekeeper, owns the session and a group of all tasks that outlive the call that began them.

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
        self._kept = {}  # number -> a future: the city, there or on its way
        self._loaded = {}  # number -> when it was loaded
        self._closing = False
        self._under_way = 0  # calls of city and refresh
        self._nobody = asyncio.Event()  # set while none is under way
        self._nobody.set()
        self._time_to_go = asyncio.Event()

    async def start(self):
        """Opens the session, asks whether the site is there, and begins to forget what is old."""
        opened = asyncio.Event()
        self._housekeeper = asyncio.create_task(self._keep_house(opened))
        try:
            await opened.wait()
            async with self._session.get(f"{self._base}/") as response:
                response.raise_for_status()
        except BaseException:
            await self.close()
            raise

    async def city(self, number):
        """A city: {"id", "name", "country", "population", "token"}. Raises LookupError when the register lacks it."""
        with self._work():
            entry = self._kept.get(number)
            if entry is None:
                entry = self._kept[number] = asyncio.get_running_loop().create_future()
                self._group.create_task(self._settle(number, entry))
            return await asyncio.shield(entry)

    async def refresh(self, numbers):
        """Loads these cities anew, together; returns how many. Raises when one can't be loaded."""
        with self._work():
            loading = [asyncio.ensure_future(self._renew(number)) for number in numbers]
            try:
                await asyncio.gather(*loading)
            except BaseException:
                for task in loading:
                    task.cancel()
                await asyncio.gather(*loading, return_exceptions=True)  # until all have ended
                raise
            finally:
                self.refreshed_at = time.monotonic()
        return len(loading)

    async def close(self):
        """Takes no new work, waits for what is under way, and sends the housekeeper home."""
        self._closing = True
        await self._nobody.wait()
        self._time_to_go.set()
        await self._housekeeper  # over when its group is empty and its session closed

    async def _keep_house(self, opened):
        connector = aiohttp.TCPConnector(limit=0, limit_per_host=self._limit)  # there is one host
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=300)
        session = aiohttp.ClientSession(connector=connector, timeout=timeout)
        async with session as self._session, asyncio.TaskGroup() as self._group:
            forgetting = self._group.create_task(self._forget())
            opened.set()
            await self._time_to_go.wait()
            forgetting.cancel()

    async def _settle(self, number, entry):
        """Loads a city for all who await the entry. A failure is theirs, and is not kept."""
        try:
            entry.set_result(await self._load(number))
            self._loaded[number] = time.monotonic()
        except Exception as error:
            if self._kept.get(number) is entry:
                del self._kept[number]
            entry.set_exception(error)
            entry.exception()  # counts as seen, also when all who asked have given up
        finally:
            entry.cancel()  # does nothing when it is settled

    async def _renew(self, number):
        """Loads a city and puts it in the place of what is kept."""
        city = await self._load(number)
        entry = self._kept[number] = asyncio.get_running_loop().create_future()
        entry.set_result(city)
        self._loaded[number] = time.monotonic()

    async def _load(self, number):
        async with contextlib.AsyncExitStack() as stack:
            connection = await stack.enter_async_context(self._pool.acquire())
            row = await connection.fetchrow(REGISTER, number)
        if row is None:
            raise LookupError(f"there is no city {number}")
        async with self._session.get(f"{self._base}/api/city/{number}") as response:
            response.raise_for_status()
            page = await response.json()
        return {**row, "token": page["token"]}

    async def _forget(self):
        """Forgets what is old, again and again."""
        while True:
            await asyncio.sleep(self._max_age / 10)
            old = time.monotonic() - self._max_age
            for number in [number for number, loaded in self._loaded.items() if loaded < old]:
                del self._loaded[number]
                self._kept.pop(number, None)

    @contextlib.contextmanager
    def _work(self):
        """Counts a call that is under way; refuses it when the service is closing."""
        if self._closing:
            raise RuntimeError("the service is closed")
        self._under_way += 1
        self._nobody.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._nobody.set()
