# verdict: passed
# comes near: race, swallowed-cancel, lost-exception, limit-exceeded
# Futures, tokens and a caught cancel: no await between look and entry, a place a token, close's own cancel is raised.
import asyncio
import contextlib
import json
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
        self._max_age = max_age
        self._kept = {}  # number -> (when it was loaded, the city)
        self._awaited = {}  # number -> a future: what its first caller will have found
        self._closing = False
        self._begun = asyncio.Queue()  # an entry for each call that is under way
        self._tokens = asyncio.LifoQueue()  # who makes a request takes one, and puts it back
        for token in range(limit):
            self._tokens.put_nowait(token)

    async def start(self):
        """Opens the session, asks whether the site is there, and begins to forget what is old."""
        self._session = aiohttp.ClientSession()
        try:
            await self._ask("/")
        except BaseException:
            await self._session.close()
            raise
        self._forgetting = asyncio.create_task(self._forget())

    async def city(self, number):
        """A city: {"id", "name", "country", "population", "token"}. Raises LookupError when the register lacks it."""
        with self._work():
            while number not in self._kept:
                answer = self._awaited.get(number)
                if answer is None:
                    return await self._load_for_all(number)
                await asyncio.wait([answer])  # to await it bare would cancel it for all, if this caller gave up
                if not answer.cancelled():
                    return answer.result()
            return self._kept[number][1]

    async def refresh(self, numbers):
        """Loads these cities anew, together; returns how many. Raises when one can't be loaded."""
        with self._work():
            loading = [asyncio.create_task(self._load(number)) for number in numbers]
            try:
                if loading:
                    done, _ = await asyncio.wait(loading, return_when=asyncio.FIRST_EXCEPTION)
                    for task in done:
                        task.result()  # raises what this one raised
            finally:
                for task in loading:
                    task.cancel()
                await asyncio.gather(*loading, return_exceptions=True)
                self.refreshed_at = time.monotonic()
        return len(loading)

    async def close(self):
        """Takes no new work, waits for what is under way, and ends."""
        self._closing = True
        await self._begun.join()
        before = asyncio.current_task().cancelling()
        try:
            self._forgetting.cancel()
            await self._forgetting
        except asyncio.CancelledError:
            if asyncio.current_task().cancelling() > before:  # it is close itself that is cancelled
                raise
        finally:
            await self._session.close()

    async def _load_for_all(self, number):
        """Loads a city; all who ask for it meanwhile get what the first gets. If he gives up, the next begins anew."""
        answer = self._awaited[number] = asyncio.get_running_loop().create_future()
        try:
            city = await self._load(number)
            answer.set_result(city)
            return city
        except Exception as error:
            answer.set_exception(error)
            answer.exception()  # counts as seen, also when nobody else waits
            raise
        finally:
            del self._awaited[number]
            answer.cancel()  # does nothing when it is answered

    async def _load(self, number):
        """Loads one city and keeps it."""
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            row = await connection.fetchrow(REGISTER, number)
        if row is None:
            raise LookupError(f"there is no city {number}")
        page = json.loads(await self._ask(f"/api/city/{number}"))
        city = {**row, "token": page["token"]}
        self._kept[number] = (time.monotonic(), city)
        return city

    async def _ask(self, path):
        """The body of one page of the site."""
        token = await self._tokens.get()
        try:
            async with self._session.get(self._base + path) as response:
                response.raise_for_status()
                return await response.read()
        finally:
            self._tokens.put_nowait(token)

    async def _forget(self):
        """Forgets what is old, again and again."""
        while True:
            await asyncio.sleep(self._max_age / 10)
            old = time.monotonic() - self._max_age
            for number in [number for number, (loaded, _) in self._kept.items() if loaded < old]:
                del self._kept[number]

    @contextlib.contextmanager
    def _work(self):
        """Enters a call that is under way; refuses it when the service is closing."""
        if self._closing:
            raise RuntimeError("the service is closed")
        self._begun.put_nowait(None)
        try:
            yield
        finally:
            self._begun.get_nowait()
            self._begun.task_done()
