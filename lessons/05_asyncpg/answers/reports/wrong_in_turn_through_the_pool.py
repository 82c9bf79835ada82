# verdict: failed
# mistakes: sequential-awaits
# A pool, and yet one query after the other.
async def reports(pool, countries):
    return {c: dict(await pool.fetchrow("SELECT * FROM country_report($1)", c)) for c in countries}
