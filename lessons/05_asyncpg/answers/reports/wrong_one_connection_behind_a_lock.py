# verdict: failed
# mistakes: shared-connection
# One connection for all tasks; a lock silences the InterfaceError and puts everyone in line.
import asyncio


async def reports(pool, countries):
    turn = asyncio.Lock()
    async with pool.acquire() as connection:

        async def one(country):
            async with turn:
                return dict(await connection.fetchrow("SELECT * FROM country_report($1)", country))

        found = await asyncio.gather(*map(one, countries))
    return dict(zip(countries, found))
