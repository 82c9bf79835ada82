# verdict: failed
# mistakes: everything-in-memory
# All rows become a list first, only to know their number.
async def load(pool, rows):
    rows = list(rows)
    async with pool.acquire() as connection:
        await connection.copy_records_to_table("readings", records=rows)
    return len(rows)
