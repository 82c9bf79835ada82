# verdict: passed
# comes near: connection-per-query, leaked-connections
# acquire and release by hand, with a finally; a plain def that gives a coroutine back.
import asyncio


async def one(pool, country):
    connection = await pool.acquire(timeout=60)
    try:
        records = await connection.fetch("SELECT * FROM country_report($1)", country)
        return dict(records[0].items())
    finally:
        await pool.release(connection)


def reports(pool, countries):
    async def all_of_them():
        tasks = {country: asyncio.ensure_future(one(pool, country)) for country in countries}
        await asyncio.gather(*tasks.values())
        return {country: task.result() for country, task in tasks.items()}

    return all_of_them()
