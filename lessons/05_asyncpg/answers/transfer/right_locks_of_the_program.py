# verdict: passed
# A lock an account in the program, in order: enough while this program alone moves money.
import asyncio
from collections import defaultdict


class Bank:
    def __init__(self, pool):
        self.pool = pool
        self.locks = defaultdict(asyncio.Lock)

    async def move(self, source, target, amount):
        first, second = sorted((source, target))
        async with self.locks[first], self.locks[second], self.pool.acquire() as connection:
            async with connection.transaction():
                taken = await connection.fetchval(
                    "UPDATE accounts SET balance = balance - $2 WHERE id = $1 AND balance >= $2 RETURNING id",
                    source,
                    amount,
                )
                if taken is None:
                    return False
                await connection.execute("UPDATE accounts SET balance = balance + $2 WHERE id = $1", target, amount)
                return True


async def transfer(pool, moves):
    bank = Bank(pool)
    return sum(await asyncio.gather(*(bank.move(*each) for each in moves)))
