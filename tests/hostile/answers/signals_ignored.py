# ruff: noqa
# outcome: timed_out
# tries: to be deaf to every signal there is
import signal
import time


def answer(token, folder):
    for number in signal.valid_signals():
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    time.sleep(1000)
