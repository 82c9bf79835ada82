# verdict: crashed
# mistakes: deadlock
# FOR UPDATE, but in the order of the move and not of the accounts.
import asyncio

LOCK = "SELECT balance FROM accounts WHERE id = $1 FOR UPDATE"
WRITE = "UPDATE accounts SET balance = $2 WHERE id = $1"


async def transfer(pool, moves):
    async def move(source, target, amount):
        async with pool.acquire() as connection, connection.transaction():
            have = await connection.fetchval(LOCK, source)
            if have < amount:
                return False
            await connection.execute(WRITE, source, have - amount)
            gets = await connection.fetchval(LOCK, target)
            await connection.execute(WRITE, target, gets + amount)
            return True

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(move(*each)) for each in moves]
    return sum(task.result() for task in tasks)
