# verdict: passed
# comes near: deadlock
# Workers with a connection each; both rows locked in order, then credit and debit as it comes.
import asyncio

import asyncpg


async def worker(pool, moves, counts):
    async with pool.acquire() as connection:
        for source, target, amount in moves:
            try:
                async with connection.transaction():
                    low, high = min(source, target), max(source, target)
                    await connection.fetch("SELECT 1 FROM accounts WHERE id = $1 FOR NO KEY UPDATE", low)
                    await connection.fetch("SELECT 1 FROM accounts WHERE id = $1 FOR NO KEY UPDATE", high)
                    await connection.execute("UPDATE accounts SET balance = balance + $2 WHERE id = $1", target, amount)
                    await connection.execute("UPDATE accounts SET balance = balance - $2 WHERE id = $1", source, amount)
            except asyncpg.CheckViolationError:
                continue
            counts.append(1)


async def transfer(pool, moves):
    shared, counts = iter(moves), []
    async with asyncio.TaskGroup() as group:
        for _ in range(pool.get_size()):
            group.create_task(worker(pool, shared, counts))
    return len(counts)
