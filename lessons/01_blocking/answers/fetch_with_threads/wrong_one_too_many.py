# verdict: failed
# mistakes: limit-exceeded
# One worker more than allowed.
from concurrent.futures import ThreadPoolExecutor

import requests


def fetch_with_threads(urls, workers):
    with requests.Session() as session, ThreadPoolExecutor(workers + 1) as pool:

        def fetch(url):
            response = session.get(url)
            response.raise_for_status()
            return response.content

        return list(pool.map(fetch, urls))
