# verdict: crashed
# asyncio.run inside a running loop: it refuses.
import asyncio


async def run_together(jobs):
    async def main():
        return await asyncio.gather(*(job() for job in jobs))

    return asyncio.run(main())
