# verdict: passed
# COPY straight from the iterator: one statement, so all or nothing; the server says how many.
async def load(pool, rows):
    async with pool.acquire() as connection:
        return int((await connection.copy_records_to_table("readings", records=rows)).split()[-1])
