# verdict: passed
# comes near: race
# It reads without a lock and tries without end; the server refuses a stale write, and each refusal means one got done.
import asyncio
import random

import asyncpg


async def attempt(connection, source: int, target: int, amount: int) -> bool:
    """One try on one snapshot. The server refuses the write when another move has changed the row since."""
    async with connection.transaction(isolation="repeatable_read"):
        balance = await connection.fetchval("SELECT balance FROM accounts WHERE id = $1", source)
        if balance < amount:
            return False
        changes = {source: -amount, target: amount}
        for account in sorted(changes):  # one order for all: nobody waits in a circle
            await connection.execute(
                "UPDATE accounts SET balance = balance + $2 WHERE id = $1", account, changes[account]
            )
    return True


async def move(pool: asyncpg.Pool, source: int, target: int, amount: int) -> bool:
    """Tries until no other move has come in between; holds no connection while it waits for the next try."""
    while True:
        try:
            async with pool.acquire() as connection:
                return await attempt(connection, source, target, amount)
        except asyncpg.SerializationError:  # rolled back as a whole: nothing of the try is left
            await asyncio.sleep(random.uniform(0.001, 0.01))


async def transfer(pool: asyncpg.Pool, moves: list[tuple[int, int, int]]) -> int:
    """Carries out all moves together, each on a connection of its own."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(move(pool, *each)) for each in moves]
    return sum(task.result() for task in tasks)
