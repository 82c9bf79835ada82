# verdict: crashed
# mistakes: deadlock
# Source first, then target: two opposite moves wait for each other.
import asyncio

import asyncpg

CHANGE = "UPDATE accounts SET balance = balance + $2 WHERE id = $1"


async def transfer(pool, moves):
    async def move(source, target, amount):
        async with pool.acquire() as connection:
            try:
                async with connection.transaction():
                    await connection.execute(CHANGE, source, -amount)
                    await connection.execute(CHANGE, target, amount)
            except asyncpg.CheckViolationError:
                return 0
            return 1

    return sum(await asyncio.gather(*(move(*each) for each in moves)))
