# verdict: failed
# mistakes: swallowed-exception
# Nothing stays, and nobody hears of the failure: it returns 0.
import asyncpg


async def load(pool, rows):
    async with pool.acquire() as connection:
        try:
            said = await connection.copy_records_to_table("readings", records=rows)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError, RuntimeError):
            return 0
    return int(said.split()[1])
