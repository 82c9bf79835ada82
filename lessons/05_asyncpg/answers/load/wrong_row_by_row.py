# verdict: failed
# mistakes: row-by-row
# All or nothing, and a round trip for each row.
async def load(pool, rows):
    count = 0
    async with pool.acquire() as connection, connection.transaction():
        for row in rows:
            await connection.execute("INSERT INTO readings VALUES ($1, $2, $3, $4)", *row)
            count += 1
    return count
