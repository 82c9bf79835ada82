# verdict: failed
# mistakes: wrong-result
# Tuples of the values where dicts are asked for.
import asyncio


async def reports(pool, countries):
    rows = await asyncio.gather(*(pool.fetchrow("SELECT * FROM country_report($1)", c) for c in countries))
    return {country: tuple(row) for country, row in zip(countries, rows)}
