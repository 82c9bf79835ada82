# verdict: failed
# mistakes: connection-per-query
# The pool is only asked for the address: a connection of its own for every query.
import asyncio

import asyncpg


async def reports(pool, countries):
    places = asyncio.Semaphore(pool.get_size())

    async def one(country):
        async with places:
            connection = await asyncpg.connect(*pool._connect_args, **pool._connect_kwargs)
            try:
                return dict(await connection.fetchrow("SELECT * FROM country_report($1)", country))
            finally:
                await connection.close()

    found = await asyncio.gather(*map(one, countries))
    return dict(zip(countries, found))
