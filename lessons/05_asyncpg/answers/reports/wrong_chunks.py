# verdict: failed
# mistakes: chunked-gather
# In chunks of the pool's size: each waits for its slowest report.
import asyncio


async def reports(pool, countries):
    found, size = {}, pool.get_size()
    for start in range(0, len(countries), size):
        chunk = countries[start : start + size]
        rows = await asyncio.gather(*(pool.fetchrow("SELECT * FROM country_report($1)", c) for c in chunk))
        found.update((country, dict(row)) for country, row in zip(chunk, rows))
    return found
