# verdict: passed
# comes near: race
# Optimistic: write only if the balance is still what was read, else from the start.
import asyncio

SWAP = "UPDATE accounts SET balance = $3 WHERE id = $1 AND balance = $2 RETURNING 1"


class Changed(Exception):
    pass


async def attempt(pool, source, target, amount):
    async with pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch("SELECT id, balance FROM accounts WHERE id = ANY($1)", [source, target])
        old = dict(map(tuple, rows))
        new = {source: old[source] - amount, target: old[target] + amount}
        if new[source] < 0:
            return False
        for account in sorted(new):
            if await connection.fetchval(SWAP, account, old[account], new[account]) is None:
                raise Changed  # somebody was quicker: the transaction is rolled back
    return True


async def move(pool, *each):
    while True:
        try:
            return await attempt(pool, *each)
        except Changed:
            await asyncio.sleep(0.001)


async def transfer(pool, moves):
    return sum(await asyncio.gather(*(move(pool, *each) for each in moves)))
