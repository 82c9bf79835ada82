# verdict: failed
# mistakes: sequential-awaits
# One job after the other.
async def bounded(jobs, limit):
    return [await job() for job in jobs]
