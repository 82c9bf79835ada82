# verdict: crashed
# mistakes: shared-connection
# All tasks use one connection, which does one thing at a time: InterfaceError.
import asyncio


async def reports(pool, countries):
    async with pool.acquire() as connection:

        async def one(country):
            return dict(await connection.fetchrow("SELECT * FROM country_report($1)", country))

        found = await asyncio.gather(*map(one, countries))
    return dict(zip(countries, found))
