# verdict: passed
# psutil's view of this process, and the loop's clock of asyncio for the wall.
import asyncio

import psutil


def waiting_share(work):
    loop, me = asyncio.new_event_loop(), psutil.Process()
    try:
        cpu, wall = me.cpu_times(), loop.time()
        work()
        spent, wall = me.cpu_times(), loop.time() - wall
    finally:
        loop.close()
    return 1 - (spent.user + spent.system - cpu.user - cpu.system) / wall
