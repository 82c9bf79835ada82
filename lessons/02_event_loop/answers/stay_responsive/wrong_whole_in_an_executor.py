# verdict: failed
# mistakes: threads-instead
# All the computing in one thread beside the loop.
import asyncio
from concurrent.futures import ThreadPoolExecutor


async def stay_responsive(items, step):
    def add_up():
        return sum(step(item) for item in items)

    with ThreadPoolExecutor(1) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, add_up)
