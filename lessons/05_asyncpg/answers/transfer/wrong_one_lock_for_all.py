# verdict: failed
# mistakes: too-little-concurrency
# One lock around every move: safe, and only one moves at a time.
import asyncio


async def transfer(pool, moves):
    lock = asyncio.Lock()

    async def move(source, target, amount):
        async with lock, pool.acquire() as connection, connection.transaction():
            have = await connection.fetchval("SELECT balance FROM accounts WHERE id = $1", source)
            if have < amount:
                return 0
            await connection.execute("UPDATE accounts SET balance = balance - $2 WHERE id = $1", source, amount)
            await connection.execute("UPDATE accounts SET balance = balance + $2 WHERE id = $1", target, amount)
            return 1

    return sum(await asyncio.gather(*(move(*each) for each in moves)))
