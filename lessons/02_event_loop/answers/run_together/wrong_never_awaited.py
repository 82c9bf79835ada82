# verdict: failed
# mistakes: never-awaited
# Calls the jobs and returns the coroutines: nothing of them ever runs.
async def run_together(jobs):
    return [job() for job in jobs]
