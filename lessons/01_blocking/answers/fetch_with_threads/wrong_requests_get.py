# verdict: failed
# mistakes: connection-per-request
# requests.get makes a session for each page and throws it away, its connection with it.
from concurrent.futures import ThreadPoolExecutor

import requests


def fetch(url):
    response = requests.get(url, timeout=30)
    response.raise_for_status()
    return response.content


def fetch_with_threads(urls, workers):
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(fetch, urls))
