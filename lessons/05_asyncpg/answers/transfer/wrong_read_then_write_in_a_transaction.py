# verdict: failed
# mistakes: race
# A transaction, locks in order, and still a race: reading alone locks nothing.
import asyncio


async def transfer(pool, moves):
    async def move(source, target, amount):
        async with pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch("SELECT id, balance FROM accounts WHERE id = ANY($1)", [source, target])
            old = {row["id"]: row["balance"] for row in rows}
            if old[source] < amount:
                return 0
            new = {source: old[source] - amount, target: old[target] + amount}
            for account in sorted(new):
                await connection.execute("UPDATE accounts SET balance = $2 WHERE id = $1", account, new[account])
            return 1

    return sum(await asyncio.gather(*(move(*each) for each in moves)))
