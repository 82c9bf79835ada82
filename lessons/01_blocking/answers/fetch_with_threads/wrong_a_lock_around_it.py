# verdict: failed
# mistakes: one-at-a-time
# The session is guarded by a lock, and the wait for the answer is inside it.
import threading
from concurrent.futures import ThreadPoolExecutor

import requests


def fetch_with_threads(urls, workers):
    session, guard = requests.Session(), threading.Lock()

    def fetch(url):
        with guard:
            response = session.get(url)
        response.raise_for_status()
        return response.content

    with session, ThreadPoolExecutor(workers) as pool:
        return list(pool.map(fetch, urls))
