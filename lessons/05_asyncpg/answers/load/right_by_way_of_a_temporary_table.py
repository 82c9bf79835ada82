# verdict: passed
# COPY into a temporary table and one INSERT from there: where rows have to be checked first.
async def load(pool, rows):
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("CREATE TEMPORARY TABLE incoming (LIKE readings) ON COMMIT DROP")
        await connection.copy_records_to_table("incoming", records=rows)
        said = await connection.execute("INSERT INTO readings SELECT * FROM incoming")
    return int(said.rpartition(" ")[2])
