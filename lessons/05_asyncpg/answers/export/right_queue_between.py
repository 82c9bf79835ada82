# verdict: passed
# comes near: everything-in-memory
# One task reads, one writes, a queue of four batches between them.
import asyncio
import inspect

END = object()


async def export(pool, write):
    queue = asyncio.Queue(maxsize=4)

    async def read():
        async with pool.acquire() as connection, connection.transaction():
            cursor = await connection.cursor("SELECT * FROM readings")
            while rows := await cursor.fetch(500):
                await queue.put(rows)
        await queue.put(END)

    async def write_all():
        count = 0
        while (rows := await queue.get()) is not END:
            for row in rows:
                result = write(tuple(row))
                if inspect.isawaitable(result):
                    await result
            count += len(rows)
        return count

    async with asyncio.TaskGroup() as group:
        group.create_task(read())
        writing = group.create_task(write_all())
    return writing.result()
