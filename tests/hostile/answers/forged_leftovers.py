# ruff: noqa
# outcome: returned
# value: wrong
# tries: nonsense where the lab reads what was left behind
import json
import os
import time


async def answer(token, folder):
    frames = b""
    for message in (
        {"say": "returned", "value": ["l", [1]], "awaited": "yes", "peak": "none", "found": 5},
        {"say": "after", "left": [5, None], "warnings": 7, "lost": {}, "threads_started": [], "processes_started": 1},
    ):
        body = json.dumps(message).encode()
        frames += len(body).to_bytes(4, "big") + body
    for fd in range(3, 200):
        try:
            os.write(fd, frames)
        except OSError:
            pass
    time.sleep(1000)
