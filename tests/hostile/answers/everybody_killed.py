# ruff: noqa
# outcome: died, timed_out, returned
# value: wrong
# under: isolating
# tries: to kill every process it can
import os
import signal
import time


async def answer(token, folder):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(-1, number)
        except OSError:
            pass
    for pid in range(1, 5000):
        if pid != os.getpid():
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
    time.sleep(0.2)
    return "alive"
