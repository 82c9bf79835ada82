# verdict: failed
# mistakes: wrong-result
# The reports in the order of completion under the countries in their own.
import asyncio


async def reports(pool, countries):
    async def one(country):
        return dict(await pool.fetchrow("SELECT * FROM country_report($1)", country))

    rows = []
    for done in asyncio.as_completed([one(country) for country in countries]):
        rows.append(await done)
    return dict(zip(countries, rows))
