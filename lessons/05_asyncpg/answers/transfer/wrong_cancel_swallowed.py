# verdict: failed
# mistakes: swallowed-cancel
# A cancel is caught, and it returns as if nothing had been moved.
import asyncio

import asyncpg

CHANGE = "UPDATE accounts SET balance = balance + $2 WHERE id = $1"


async def transfer(pool, moves):
    async def move(source, target, amount):
        async with pool.acquire() as connection:
            try:
                async with connection.transaction():
                    for account, change in sorted([(source, -amount), (target, amount)]):
                        await connection.execute(CHANGE, account, change)
            except asyncpg.CheckViolationError:
                return 0
        return 1

    try:
        return sum(await asyncio.gather(*(move(*each) for each in moves)))
    except asyncio.CancelledError:
        return 0
