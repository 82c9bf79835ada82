# verdict: failed
# mistakes: sequential-awaits
# Awaits each job before it starts the next.
async def run_together(jobs):
    results = []
    for job in jobs:
        results.append(await job())
    return results
