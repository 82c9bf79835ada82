# verdict: passed
# The pool's own fetchrow acquires and releases by itself; gather keeps the order.
import asyncio


async def reports(pool, countries):
    rows = await asyncio.gather(*(pool.fetchrow("SELECT * FROM country_report($1)", c) for c in countries))
    return {country: dict(row) for country, row in zip(countries, rows)}
