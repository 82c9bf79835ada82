# verdict: passed
# pool.map over one session whose adapter keeps a connection for each worker.
from concurrent.futures import ThreadPoolExecutor

import requests
from requests.adapters import HTTPAdapter


def fetch_with_threads(urls, workers):
    with requests.Session() as session, ThreadPoolExecutor(workers) as pool:
        session.mount("http://", HTTPAdapter(pool_maxsize=workers))

        def fetch(url):
            response = session.get(url)
            response.raise_for_status()
            return response.content

        return list(pool.map(fetch, urls))
