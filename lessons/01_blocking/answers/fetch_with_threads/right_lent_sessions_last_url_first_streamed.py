# verdict: passed
# comes near: results-out-of-order, connection-per-request, status-not-checked
# The last url is asked first and bodies are streamed, yet turned round again, read to the end, on `workers` sessions.
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from queue import LifoQueue

import requests


class PageError(Exception):
    """The server had no such page for us."""


def fetch_with_threads(urls: list[str], workers: int) -> list[bytes]:
    with ExitStack() as stack:
        free: LifoQueue[requests.Session] = LifoQueue()
        for _ in range(workers):
            free.put(stack.enter_context(requests.Session()))

        def fetch(url: str) -> bytes:
            session = free.get()  # never waits: there are as many sessions as threads
            try:
                with session.get(url, stream=True) as response:
                    body = b"".join(response.iter_content(64 * 1024))  # to the end: the connection is used again
                    if response.status_code >= 400:
                        raise PageError(f"{url}: {response.status_code} {response.reason}")
                    return body
            finally:
                free.put(session)

        pool = stack.enter_context(ThreadPoolExecutor(workers))
        backwards = list(pool.map(fetch, reversed(urls)))
    return backwards[::-1]
