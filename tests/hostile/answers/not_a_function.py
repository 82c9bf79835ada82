# ruff: noqa
# outcome: no_function
# tries: something that is no function under its name
answer = "token[::-1]"
