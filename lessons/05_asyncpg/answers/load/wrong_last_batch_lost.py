# verdict: failed
# mistakes: wrong-result
# The last batch, which isn't full, is never sent.
async def load(pool, rows):
    total, batch = 0, []
    async with pool.acquire() as connection, connection.transaction():
        for row in rows:
            batch.append(row)
            if len(batch) == 1000:
                await connection.copy_records_to_table("readings", records=batch)
                total += len(batch)
                batch = []
    return total
