# verdict: failed
# mistakes: row-by-row
# The statement is prepared, and still there is a round trip for each row.
async def load(pool, rows):
    count = 0
    async with pool.acquire() as connection:
        async with connection.transaction():
            insert = await connection.prepare("INSERT INTO readings VALUES ($1, $2, $3, $4)")
            for row in rows:
                await insert.fetch(*row)
                count += 1
    return count
