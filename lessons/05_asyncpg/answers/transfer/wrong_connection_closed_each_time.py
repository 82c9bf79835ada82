# verdict: failed
# mistakes: connection-per-query
# Each move closes its connection, so that the pool must open a new one for the next.
import asyncio

import asyncpg

CHANGE = "UPDATE accounts SET balance = balance + $2 WHERE id = $1"


async def transfer(pool, moves):
    async def move(source, target, amount):
        connection = await pool.acquire()
        try:
            async with connection.transaction():
                for account, change in sorted([(source, -amount), (target, amount)]):
                    await connection.execute(CHANGE, account, change)
        except asyncpg.CheckViolationError:
            return 0
        finally:
            await connection.close()
        return 1

    return sum(await asyncio.gather(*(move(*each) for each in moves)))
