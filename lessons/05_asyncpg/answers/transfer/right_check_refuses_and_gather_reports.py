# verdict: passed
# comes near: not-atomic, race
# No balance is read, and refused moves are exceptions that gather collects: only these are counted off, others raise.
import asyncio

import asyncpg

CHANGE = "UPDATE accounts SET balance = balance + $2 WHERE id = $1"


async def move(pool: asyncpg.Pool, source: int, target: int, amount: int) -> None:
    """One move; the table's CHECK refuses it, and the transaction takes back what was done before that."""
    async with pool.acquire() as connection, connection.transaction():
        for account, change in sorted([(source, -amount), (target, amount)]):  # the smaller number first, for everyone
            await connection.execute(CHANGE, account, change)


async def transfer(pool: asyncpg.Pool, moves: list[tuple[int, int, int]]) -> int:
    """Carries out all moves together; what each ended with is looked at afterwards."""
    outcomes = await asyncio.gather(*(move(pool, *each) for each in moves), return_exceptions=True)
    failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    others = [failure for failure in failures if not isinstance(failure, asyncpg.CheckViolationError)]
    if others:
        raise BaseExceptionGroup("moves that failed otherwise than by the balance", others)
    return len(outcomes) - len(failures)
