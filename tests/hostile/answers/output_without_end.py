# ruff: noqa
# outcome: too_much_output
# tries: to fill the terminal, the record or the disk
import sys


async def answer(token, folder):
    while True:
        sys.stderr.write("x" * 100_000)
