# verdict: passed
# As many workers as the limit take loads from a queue and set futures; close() joins the queue, then ends the group.
import asyncio
import time
from contextlib import AsyncExitStack

import aiohttp


class CityService:
    def __init__(self, base, pool, limit, max_age=60.0):
        self.base, self.pool, self.limit, self.max_age = base, pool, limit, max_age
        self.kept, self.wanted = {}, {}
        self.queue = asyncio.Queue()
        self.closing = False

    async def start(self):
        async with AsyncExitStack() as stack:
            self.session = await stack.enter_async_context(aiohttp.ClientSession())
            async with self.session.get(f"{self.base}/") as response:
                response.raise_for_status()
            self.crew = [asyncio.create_task(self.worker()) for _ in range(self.limit)]
            self.crew.append(asyncio.create_task(self.forget()))
            self.stack = stack.pop_all()  # all went well: it stays open until close()

    def order(self, number):
        if self.closing:
            raise RuntimeError("closing")
        future = asyncio.get_running_loop().create_future()
        self.queue.put_nowait((number, future))
        return future

    async def city(self, number):
        if number in self.kept:
            return self.kept[number][1]
        if number not in self.wanted:
            self.wanted[number] = self.order(number)
            self.wanted[number].add_done_callback(lambda _: self.wanted.pop(number))
        return await asyncio.shield(self.wanted[number])

    async def refresh(self, numbers):
        futures = [self.order(number) for number in numbers]
        for future in futures:
            await future
        return len(futures)

    async def close(self):
        self.closing = True
        await self.queue.join()
        for task in self.crew:
            task.cancel()
        await asyncio.wait(self.crew)
        await self.stack.aclose()

    async def worker(self):
        while True:
            number, future = await self.queue.get()
            try:
                if not future.cancelled():
                    future.set_result(await self.load(number))
            except Exception as error:
                if not future.done():
                    future.set_exception(error)
            finally:
                self.queue.task_done()

    async def load(self, number):
        async with self.pool.acquire() as connection, connection.transaction(readonly=True):
            row = await connection.fetchrow(
                "SELECT id, name, country, population FROM cities WHERE id = $1", number
            )
            if row is None:
                raise KeyError(number)
        async with self.session.get(f"{self.base}/api/city/{number}", raise_for_status=True) as response:
            page = await response.json()
        city = dict(row) | {"token": page["token"]}
        self.kept[number] = time.monotonic(), city
        return city

    async def forget(self):
        while True:
            await asyncio.sleep(self.max_age / 4)
            oldest = time.monotonic() - self.max_age
            self.kept = {number: entry for number, entry in self.kept.items() if entry[0] >= oldest}
