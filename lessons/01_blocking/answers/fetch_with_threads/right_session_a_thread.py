# verdict: passed
# comes near: one-at-a-time
# A session for each thread in a threading.local, futures in a list.
import threading
from concurrent.futures import ThreadPoolExecutor

import requests

local = threading.local()


def open_session():
    local.session = requests.Session()


def fetch(url: str) -> bytes:
    response = local.session.get(url, timeout=(10, 30))
    response.raise_for_status()
    return response.content


def fetch_with_threads(urls: list[str], workers: int) -> list[bytes]:
    with ThreadPoolExecutor(workers, thread_name_prefix="fetch", initializer=open_session) as pool:
        futures = [pool.submit(fetch, url) for url in urls]
        return [future.result() for future in futures]
