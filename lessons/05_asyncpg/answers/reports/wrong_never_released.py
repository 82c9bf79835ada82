# verdict: timed_out
# mistakes: leaked-connections
# No connection is given back: after as many as the pool has, everyone waits for ever.
import asyncio


async def reports(pool, countries):
    async def one(country):
        connection = await pool.acquire()
        return dict(await connection.fetchrow("SELECT * FROM country_report($1)", country))

    found = await asyncio.gather(*map(one, countries))
    return dict(zip(countries, found))
