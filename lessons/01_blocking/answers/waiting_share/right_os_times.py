# verdict: passed
# os.times has both clocks in one call, in steps of 10 ms.
import os


def waiting_share(work):
    before = os.times()
    work()
    after = os.times()
    cpu = (after.user - before.user) + (after.system - before.system)
    return max(0.0, 1 - cpu / (after.elapsed - before.elapsed))
