# verdict: passed
# A class that gives way when 5 ms have passed since it last did.
import asyncio
import time


class Turn:
    def __init__(self, seconds):
        self.seconds = seconds
        self.began = time.perf_counter()

    async def over(self):
        if time.perf_counter() - self.began >= self.seconds:
            await asyncio.sleep(0)
            self.began = time.perf_counter()


async def stay_responsive(items, step):
    turn, total = Turn(0.005), 0
    for item in items:
        total += step(item)
        await turn.over()
    return total
