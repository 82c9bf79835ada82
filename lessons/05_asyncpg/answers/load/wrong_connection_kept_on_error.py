# verdict: failed
# mistakes: leaked-connections
# When the load fails, the connection isn't given back.
async def load(pool, rows):
    connection = await pool.acquire()
    async with connection.transaction():
        said = await connection.copy_records_to_table("readings", records=rows)
    await pool.release(connection)
    return int(said.split()[1])
