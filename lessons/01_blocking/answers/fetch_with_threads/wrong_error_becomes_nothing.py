# verdict: failed
# mistakes: swallowed-exception
# What can't be had is an empty page.
from concurrent.futures import ThreadPoolExecutor

import requests


def fetch_with_threads(urls, workers):
    with requests.Session() as session, ThreadPoolExecutor(workers) as pool:

        def fetch(url):
            try:
                response = session.get(url)
                response.raise_for_status()
            except requests.RequestException:
                return b""
            return response.content

        return list(pool.map(fetch, urls))
