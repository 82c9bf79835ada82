# verdict: failed
# mistakes: too-little-concurrency
# The whole table is locked for each move: many connections, one at work.
import asyncio


async def transfer(pool, moves):
    async def move(source, target, amount):
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("LOCK TABLE accounts IN SHARE ROW EXCLUSIVE MODE")
            have = await connection.fetchval("SELECT balance FROM accounts WHERE id = $1", source)
            if have < amount:
                return 0
            await connection.execute("UPDATE accounts SET balance = balance - $2 WHERE id = $1", source, amount)
            await connection.execute("UPDATE accounts SET balance = balance + $2 WHERE id = $1", target, amount)
            return 1

    return sum(await asyncio.gather(*(move(*each) for each in moves)))
