# verdict: passed
# Two updates in the order of the accounts' numbers; the table's own CHECK refuses.
import asyncio

import asyncpg

CHANGE = "UPDATE accounts SET balance = balance + $2 WHERE id = $1"


async def move(pool, source, target, amount):
    async with pool.acquire() as connection:
        try:
            async with connection.transaction():
                for account, change in sorted([(source, -amount), (target, amount)]):
                    await connection.execute(CHANGE, account, change)
        except asyncpg.CheckViolationError:
            return 0
    return 1


async def transfer(pool, moves):
    return sum(await asyncio.gather(*(move(pool, *each) for each in moves)))
