# verdict: failed
# mistakes: never-awaited
# The jobs are called and not awaited.
async def outcomes(jobs):
    return [job() for job in jobs]
