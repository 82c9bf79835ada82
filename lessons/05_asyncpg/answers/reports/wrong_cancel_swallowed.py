# verdict: failed
# mistakes: swallowed-cancel
# A cancel from outside is caught, and what there is so far is returned as if it were all.
import asyncio


async def reports(pool, countries):
    found = {}

    async def one(country):
        found[country] = dict(await pool.fetchrow("SELECT * FROM country_report($1)", country))

    try:
        async with asyncio.TaskGroup() as group:
            for country in countries:
                group.create_task(one(country))
    except asyncio.CancelledError:
        pass
    return found
