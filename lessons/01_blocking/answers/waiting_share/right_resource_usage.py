# verdict: passed
# What the operating system booked for this process: user and system time.
import resource
import time


def booked():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def waiting_share(work):
    before, began = booked(), time.time()
    work()
    return 1 - (booked() - before) / (time.time() - began)
