# verdict: failed
# mistakes: not-atomic
# Credit first, no transaction: when the debit is refused, the credit stays.
import asyncio

import asyncpg

CHANGE = "UPDATE accounts SET balance = balance + $2 WHERE id = $1"


async def transfer(pool, moves):
    async def move(source, target, amount):
        async with pool.acquire() as connection:
            try:
                await connection.execute(CHANGE, target, amount)
                await connection.execute(CHANGE, source, -amount)
            except asyncpg.CheckViolationError:
                return 0
            return 1

    return sum(await asyncio.gather(*(move(*each) for each in moves)))
