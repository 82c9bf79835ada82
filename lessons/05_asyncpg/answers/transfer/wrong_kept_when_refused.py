# verdict: timed_out
# mistakes: leaked-connections
# Each refused move keeps its connection, until there is none.
import asyncio

LOCK = "SELECT id, balance FROM accounts WHERE id IN ($1, $2) ORDER BY id FOR UPDATE"
CHANGE = "UPDATE accounts SET balance = balance + $2 WHERE id = $1"


async def transfer(pool, moves):
    async def move(source, target, amount):
        connection = await pool.acquire()
        transaction = connection.transaction()
        await transaction.start()
        balance = dict(map(tuple, await connection.fetch(LOCK, source, target)))
        if balance[source] < amount:
            await transaction.rollback()
            return 0  # and the connection is never given back
        await connection.execute(CHANGE, source, -amount)
        await connection.execute(CHANGE, target, amount)
        await transaction.commit()
        await pool.release(connection)
        return 1

    return sum(await asyncio.gather(*(move(*each) for each in moves)))
