# verdict: failed
# mistakes: swallowed-exception
# A report that fails is left out, and the caller never hears of it.
import asyncio


async def reports(pool, countries):
    async def one(country):
        return dict(await pool.fetchrow("SELECT * FROM country_report($1)", country))

    found = await asyncio.gather(*map(one, countries), return_exceptions=True)
    return {c: report for c, report in zip(countries, found) if not isinstance(report, Exception)}
