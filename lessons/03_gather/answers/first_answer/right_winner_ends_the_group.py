# verdict: passed
# comes near: waited-for-all
# A TaskGroup that the winner ends with an exception of its own.
import asyncio


class Found(Exception):
    pass


async def first_answer(mirrors, deadline):
    failed = []

    async def ask(mirror):
        try:
            answer = await mirror()
        except Exception as error:
            failed.append(error)
        else:
            raise Found(answer)

    try:
        async with asyncio.timeout(deadline), asyncio.TaskGroup() as group:
            for mirror in mirrors:
                group.create_task(ask(mirror))
    except* Found as found:
        answer = found.exceptions[0].args[0]
    else:
        raise ExceptionGroup("every mirror failed", failed)
    return answer
