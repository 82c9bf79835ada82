# verdict: failed
# mistakes: one-at-a-time
# .result() right behind submit: the next page is not even sent to the pool before this one is there.
from concurrent.futures import ThreadPoolExecutor

import requests


def fetch_with_threads(urls, workers):
    with requests.Session() as session, ThreadPoolExecutor(workers) as pool:

        def fetch(url):
            response = session.get(url)
            response.raise_for_status()
            return response.content

        return [pool.submit(fetch, url).result() for url in urls]
