# verdict: failed
# mistakes: not-atomic
# Debit and credit are two statements without a transaction: right, until it is cut off between them.
import asyncio


async def transfer(pool, moves):
    async def move(source, target, amount):
        async with pool.acquire() as connection:
            taken = await connection.fetchval(
                "UPDATE accounts SET balance = balance - $2 WHERE id = $1 AND balance >= $2 RETURNING 1", source, amount
            )
            if taken is None:
                return 0
            await connection.execute("UPDATE accounts SET balance = balance + $2 WHERE id = $1", target, amount)
            return 1

    return sum(await asyncio.gather(*(move(*each) for each in moves)))
