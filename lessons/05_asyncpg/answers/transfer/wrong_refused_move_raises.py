# verdict: crashed
# The CHECK's refusal of one move ends all of them.
import asyncio

CHANGE = "UPDATE accounts SET balance = balance + $2 WHERE id = $1"


async def transfer(pool, moves):
    async def move(source, target, amount):
        async with pool.acquire() as connection, connection.transaction():
            for account, change in sorted([(source, -amount), (target, amount)]):
                await connection.execute(CHANGE, account, change)

    async with asyncio.TaskGroup() as group:
        for each in moves:
            group.create_task(move(*each))
    return len(moves)
