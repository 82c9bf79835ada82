# verdict: failed
# mistakes: sequential-awaits
# The article's way: one connection, and each query waits for the one before.
async def reports(pool, countries):
    found = {}
    async with pool.acquire() as connection:
        for country in countries:
            found[country] = dict(await connection.fetchrow("SELECT * FROM country_report($1)", country))
    return found
