# verdict: failed
# mistakes: race
# Reads both balances, awaits, writes both: what others wrote in between is lost.
import asyncio


async def transfer(pool, moves):
    async def move(source, target, amount):
        async with pool.acquire() as connection:
            have = await connection.fetchval("SELECT balance FROM accounts WHERE id = $1", source)
            if have < amount:
                return 0
            gets = await connection.fetchval("SELECT balance FROM accounts WHERE id = $1", target)
            new = sorted([(source, have - amount), (target, gets + amount)])
            await connection.executemany("UPDATE accounts SET balance = $2 WHERE id = $1", new)
            return 1

    return sum(await asyncio.gather(*(move(*each) for each in moves)))
