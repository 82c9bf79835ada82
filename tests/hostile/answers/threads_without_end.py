# ruff: noqa
# outcome: too_many_processes, raised
# tries: threads until there are no more
import threading
import time


async def answer(token, folder):
    while True:
        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
