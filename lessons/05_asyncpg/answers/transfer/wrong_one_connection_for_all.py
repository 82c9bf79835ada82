# verdict: crashed
# mistakes: shared-connection
# All moves share one connection: InterfaceError.
import asyncio


async def transfer(pool, moves):
    async with pool.acquire() as connection:

        async def move(source, target, amount):
            async with connection.transaction():
                for account, change in sorted([(source, -amount), (target, amount)]):
                    await connection.execute(
                        "UPDATE accounts SET balance = balance + $2 WHERE id = $1", account, change
                    )
            return 1

        return sum(await asyncio.gather(*(move(*each) for each in moves)))
