# verdict: passed
# Advisory locks in the order of the numbers around a read and a write.
import asyncio


async def transfer(pool, moves):
    carried_out = 0

    async def move(source, target, amount):
        nonlocal carried_out
        async with pool.acquire() as connection, connection.transaction():
            for account in sorted((source, target)):
                await connection.execute("SELECT pg_advisory_xact_lock($1)", account)
            have = await connection.fetchval("SELECT balance FROM accounts WHERE id = $1", source)
            if have >= amount:
                gets = await connection.fetchval("SELECT balance FROM accounts WHERE id = $1", target)
                await connection.execute("UPDATE accounts SET balance = $1 WHERE id = $2", have - amount, source)
                await connection.execute("UPDATE accounts SET balance = $1 WHERE id = $2", gets + amount, target)
                carried_out += 1

    async with asyncio.TaskGroup() as group:
        for each in moves:
            group.create_task(move(*each))
    return carried_out
