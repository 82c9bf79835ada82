# verdict: failed
# mistakes: fetched-twice
# Each slow report is asked for twice, once only to see whether there is one.
import asyncio


async def reports(pool, countries):
    async def one(country):
        if await pool.fetchrow("SELECT * FROM country_report($1)", country) is None:
            raise LookupError(country)
        return dict(await pool.fetchrow("SELECT * FROM country_report($1)", country))

    found = await asyncio.gather(*map(one, countries))
    return dict(zip(countries, found))
