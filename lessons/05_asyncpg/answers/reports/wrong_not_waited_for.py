# verdict: failed
# mistakes: lost-task
# The tasks are started and given a moment, not waited for.
import asyncio


async def reports(pool, countries):
    found = {}

    async def one(country):
        found[country] = dict(await pool.fetchrow("SELECT * FROM country_report($1)", country))

    tasks = [asyncio.create_task(one(country)) for country in countries]
    await asyncio.sleep(0.2)
    return found if tasks else {}
