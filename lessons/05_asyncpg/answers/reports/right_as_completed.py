# verdict: passed
# In the order of completion, each with its country; what is left after a failure is cancelled and waited for.
import asyncio


async def pair(pool, country):
    [row] = await pool.fetch("SELECT * FROM country_report($1)", country)
    return country, dict(row)


async def reports(pool, countries):
    result = {}
    tasks = [asyncio.create_task(pair(pool, country)) for country in countries]
    try:
        for done in asyncio.as_completed(tasks):
            country, report = await done
            result[country] = report
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return result
