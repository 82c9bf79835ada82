# ruff: noqa
# outcome: raised, died
# tries: recursion to the end of the C stack
import sys


class Deep:
    def __getattr__(self, name):
        return getattr(self, name + "x")


async def answer(token, folder):
    sys.setrecursionlimit(10**9)

    def deeper(value):
        return max([value], key=deeper)

    return deeper(1)
