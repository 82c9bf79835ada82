# verdict: failed
# mistakes: never-awaited
# The jobs are called and never awaited.
async def bounded(jobs, limit):
    return [job() for job in jobs]
