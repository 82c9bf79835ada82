# verdict: failed
# mistakes: connection-per-query
# The connection is closed where it should be given back: a new one for every query.
import asyncio


async def reports(pool, countries):
    async def one(country):
        connection = await pool.acquire()
        try:
            return dict(await connection.fetchrow("SELECT * FROM country_report($1)", country))
        finally:
            await connection.close()  # the pool has to open another one for the next

    found = await asyncio.gather(*map(one, countries))
    return dict(zip(countries, found))
