# verdict: passed
# comes near: sequential-awaits
# All started, then awaited in turn: whose cancellation it is, the current task knows.
import asyncio


async def outcomes(jobs):
    found = []
    tasks = [asyncio.create_task(job()) for job in jobs]
    try:
        for task in tasks:
            try:
                found.append(await task)
            except asyncio.CancelledError as error:
                if asyncio.current_task().cancelling():
                    raise  # the call's own
                found.append(error)
            except Exception as error:
                found.append(error)
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        raise
    return found
