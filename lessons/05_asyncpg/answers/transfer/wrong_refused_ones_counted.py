# verdict: failed
# mistakes: wrong-result
# It returns how many moves there were, the refused ones too.
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
                pass

    await asyncio.gather(*(move(*each) for each in moves))
    return len(moves)
