# ruff: noqa
# outcome: returned
# value: right
# left: thread, process, task
# tries: to go on working after it has answered
import asyncio
import subprocess
import threading
import time


async def later():
    while True:
        await asyncio.sleep(0.01)


async def answer(token, folder):
    global task
    threading.Thread(target=time.sleep, args=(1000,)).start()
    subprocess.Popen(["sleep", "1000"], start_new_session=True)
    task = asyncio.create_task(later())
    await asyncio.sleep(0.05)
    return token[::-1]
