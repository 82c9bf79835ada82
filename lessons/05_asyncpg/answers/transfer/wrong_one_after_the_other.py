# verdict: failed
# mistakes: sequential-awaits
# Right, and one after the other on one connection.
async def transfer(pool, moves):
    done = 0
    async with pool.acquire() as connection:
        for source, target, amount in moves:
            async with connection.transaction():
                taken = await connection.fetchval(
                    "UPDATE accounts SET balance = balance - $2 WHERE id = $1 AND balance >= $2 RETURNING 1",
                    source,
                    amount,
                )
                if taken:
                    await connection.execute("UPDATE accounts SET balance = balance + $2 WHERE id = $1", target, amount)
                    done += 1
    return done
