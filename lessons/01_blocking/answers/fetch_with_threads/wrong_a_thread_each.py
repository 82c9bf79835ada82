# verdict: failed
# mistakes: thread-per-item
# A pool as large as the list: a thread for every page.
from concurrent.futures import ThreadPoolExecutor

import requests


def fetch_with_threads(urls, workers):
    with requests.Session() as session, ThreadPoolExecutor(len(urls)) as pool:
        session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=workers))

        def fetch(url):
            response = session.get(url)
            response.raise_for_status()
            return response.content

        return list(pool.map(fetch, urls))
