# ruff: noqa
# outcome: returned, too_much_output
# value: right
# tries: to fill the record after it has answered
import threading


def shout():
    while True:
        print("x" * 100_000)


async def answer(token, folder):
    threading.Thread(target=shout).start()
    return token[::-1]
