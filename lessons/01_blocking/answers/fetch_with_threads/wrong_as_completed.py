# verdict: failed
# mistakes: results-out-of-order
# The pages as they come: the quickest first.
from concurrent.futures import ThreadPoolExecutor, as_completed

import requests


def fetch_with_threads(urls, workers):
    with requests.Session() as session, ThreadPoolExecutor(workers) as pool:

        def fetch(url):
            response = session.get(url)
            response.raise_for_status()
            return response.content

        return [future.result() for future in as_completed([pool.submit(fetch, url) for url in urls])]
