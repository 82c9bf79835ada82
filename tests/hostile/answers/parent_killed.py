# ruff: noqa
# outcome: died, timed_out, returned
# value: wrong
# tries: to kill whoever watches it
import os
import signal
import time


async def answer(token, folder):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGSEGV, signal.SIGKILL):
        try:
            os.kill(os.getppid(), number)
        except OSError:
            pass
    time.sleep(0.3)
    return "alive"
