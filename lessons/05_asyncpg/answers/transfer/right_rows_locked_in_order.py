# verdict: passed
# Both rows are locked first, the smaller number first; then it may read, think and write.
import asyncio


async def move(pool, source, target, amount):
    async with pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(
            "SELECT id, balance FROM accounts WHERE id = ANY($1) ORDER BY id FOR UPDATE", [source, target]
        )
        balance = {row["id"]: row["balance"] for row in rows}
        if balance[source] < amount:
            return False
        await connection.execute("UPDATE accounts SET balance = $2 WHERE id = $1", source, balance[source] - amount)
        await connection.execute("UPDATE accounts SET balance = $2 WHERE id = $1", target, balance[target] + amount)
        return True


async def transfer(pool, moves):
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(move(pool, *each)) for each in moves]
    return sum(task.result() for task in tasks)
