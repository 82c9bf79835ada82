# verdict: failed
# mistakes: waited-for-all
# gather waits for every mirror, and then the first success of the list is taken.
import asyncio


async def first_answer(mirrors, deadline):
    async with asyncio.timeout(deadline):
        found = await asyncio.gather(*(mirror() for mirror in mirrors), return_exceptions=True)
    for each in found:
        if not isinstance(each, BaseException):
            return each
    raise ExceptionGroup("all failed", found)
