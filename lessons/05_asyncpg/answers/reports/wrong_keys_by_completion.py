# verdict: failed
# mistakes: wrong-result
# The reports in the order of completion under the countries in their own.
import asyncio


async def reports(pool, countries):
    rows = []

    async def one(country):
        rows.append(dict(await pool.fetchrow("SELECT * FROM country_report($1)", country)))

    async with asyncio.TaskGroup() as group:
        for country in countries:
            group.create_task(one(country))
    return dict(zip(countries, rows))
