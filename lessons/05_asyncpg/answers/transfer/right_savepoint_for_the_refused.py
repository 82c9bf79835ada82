# verdict: passed
# A savepoint takes the refused move; both updates in one executemany.
import asyncio

import asyncpg


async def transfer(pool, moves):
    async def move(source, target, amount):
        async with pool.acquire() as connection:
            async with connection.transaction():
                await connection.execute(
                    "SELECT 1 FROM accounts WHERE id IN ($1, $2) ORDER BY id FOR UPDATE", source, target
                )
                try:
                    async with connection.transaction():
                        await connection.executemany(
                            "UPDATE accounts SET balance = balance + $2 WHERE id = $1",
                            [(source, -amount), (target, amount)],
                        )
                except asyncpg.CheckViolationError:
                    return 0
        return 1

    return sum(await asyncio.gather(*[move(*each) for each in moves]))
