# ruff: noqa
# outcome: too_much_disk
# tries: memory that no process has mapped
import os
import time


async def answer(token, folder):
    fds = [os.memfd_create(str(number)) for number in range(30)]
    for fd in fds:
        os.write(fd, b"x" * (9 << 20))
    time.sleep(1000)
