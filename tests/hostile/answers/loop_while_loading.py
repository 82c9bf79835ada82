# ruff: noqa
# outcome: timed_out
# tries: to go on for ever before the clock starts
while True:
    pass
