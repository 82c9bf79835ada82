# ruff: noqa
# outcome: not_loaded
# tries: to raise before it can be called
raise BaseException("not today")
