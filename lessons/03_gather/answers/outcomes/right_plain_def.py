# verdict: passed
# A plain function that returns an awaitable.
import asyncio
from operator import methodcaller

call = methodcaller("__call__")


def outcomes(jobs):
    return asyncio.gather(*map(call, jobs), return_exceptions=True)
