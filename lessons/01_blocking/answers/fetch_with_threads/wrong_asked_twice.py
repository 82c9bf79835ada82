# verdict: failed
# mistakes: fetched-twice
# Once to look at the status, once for the content.
from concurrent.futures import ThreadPoolExecutor

import requests


def fetch_with_threads(urls, workers):
    with requests.Session() as session, ThreadPoolExecutor(workers) as pool:

        def fetch(url):
            session.get(url).raise_for_status()
            return session.get(url).content

        return list(pool.map(fetch, urls))
