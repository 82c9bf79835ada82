# ruff: noqa
# outcome: timed_out
# tries: an exception whose text never comes
class Slow(Exception):
    def __str__(self):
        while True:
            pass


async def answer(token, folder):
    raise Slow
