# verdict: failed
# mistakes: connection-per-request
# One session, and a header that asks the server to close each connection after its answer.
from concurrent.futures import ThreadPoolExecutor

import requests


def fetch_with_threads(urls, workers):
    with requests.Session() as session, ThreadPoolExecutor(workers) as pool:
        session.headers["Connection"] = "close"

        def fetch(url):
            response = session.get(url)
            response.raise_for_status()
            return response.content

        return list(pool.map(fetch, urls))
