# verdict: failed
# mistakes: sequential-awaits
# One mirror after the other.
import asyncio


async def first_answer(mirrors, deadline):
    failures = []
    async with asyncio.timeout(deadline):
        for mirror in mirrors:
            try:
                return await mirror()
            except Exception as error:
                failures.append(error)
    raise ExceptionGroup("no mirror answered", failures)
