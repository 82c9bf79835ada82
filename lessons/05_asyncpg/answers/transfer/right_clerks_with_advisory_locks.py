# verdict: passed
# comes near: race, deadlock, sequential-awaits
# Look, then write, with no FOR UPDATE and the rows in any order: advisory locks, smaller number first, guard each pair.
import asyncio
from collections.abc import Iterator

import asyncpg

DESK = 5073  # the first half of all the keys, so that nobody else's advisory locks are met
LOCK = "SELECT pg_advisory_xact_lock($1::int, $2::int)"
LOOK = "SELECT balance FROM accounts WHERE id = $1"
TAKE = "UPDATE accounts SET balance = balance - $2 WHERE id = $1"
GIVE = "UPDATE accounts SET balance = balance + $2 WHERE id = $1"


class Clerk:
    """Takes one move after the other from those that are left; the other clerks do the same beside it."""

    def __init__(self, pool: asyncpg.Pool, left: Iterator[tuple[int, int, int]]):
        self.pool = pool
        self.left = left
        self.carried_out = 0

    async def work(self) -> None:
        for source, target, amount in self.left:
            async with self.pool.acquire() as connection, connection.transaction():
                allowed = await self.move(connection, source, target, amount)
            self.carried_out += allowed

    async def move(self, connection, source: int, target: int, amount: int) -> bool:
        for account in sorted((source, target)):
            await connection.execute(LOCK, DESK, account)  # held until the transaction ends
        if await connection.fetchval(LOOK, source) < amount:
            return False
        await connection.execute(GIVE, target, amount)
        await connection.execute(TAKE, source, amount)
        return True


async def transfer(pool: asyncpg.Pool, moves: list[tuple[int, int, int]]) -> int:
    """As many clerks as the pool may have connections."""
    left = iter(moves)
    clerks = [Clerk(pool, left) for _ in range(pool.get_max_size())]
    async with asyncio.TaskGroup() as group:
        for clerk in clerks:
            group.create_task(clerk.work())
    return sum(clerk.carried_out for clerk in clerks)
