# ruff: noqa
# outcome: died, timed_out
# tries: to drown the supervisor in small messages
import os


async def answer(token, folder):
    body = b'{"say":"job","call":1,"index":0,"what":"start"}'
    frames = (len(body).to_bytes(4, "big") + body) * 1000
    while True:
        for fd in range(3, 40):
            try:
                os.write(fd, frames)
            except OSError:
                pass
