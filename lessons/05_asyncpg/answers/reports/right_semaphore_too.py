# verdict: passed
# A semaphore of the pool's size beside the pool: needless, and no harm.
import asyncio


async def reports(pool, countries):
    gate = asyncio.Semaphore(pool.get_max_size())

    async def one(country):
        async with gate, pool.acquire() as connection:
            return country, dict(await connection.fetchrow("SELECT * FROM country_report($1)", country))

    return dict(await asyncio.gather(*map(one, countries)))
