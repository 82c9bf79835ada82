# ruff: noqa
# outcome: died, timed_out
# tries: a message that takes little to send and much to read
import os


async def answer(token, folder):
    body = b'{"say":"returned","value":[' + b"[]," * 15_000_000 + b"1]}"
    for fd in range(3, 40):
        try:
            os.set_blocking(fd, True)
            view = memoryview(len(body).to_bytes(4, "big") + body)
            while view:
                view = view[os.write(fd, view) :]
        except OSError:
            pass
    os._exit(0)
