# ruff: noqa
# outcome: died
# tries: an answer before it was asked, and an endless stream of them
import json
import os

body = json.dumps({"say": "returned", "value": "early"}).encode()
for fd in range(3, 200):
    try:
        os.set_blocking(fd, False)
        os.write(fd, len(body).to_bytes(4, "big") + body)
    except OSError:
        pass


async def answer(token, folder):
    return "late"
