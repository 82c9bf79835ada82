# verdict: failed
# mistakes: too-little-concurrency
# A pool of the machine's cores, as one would size it for computing; at most four.
import os
from concurrent.futures import ThreadPoolExecutor

import requests


def fetch_with_threads(urls, workers):
    with requests.Session() as session, ThreadPoolExecutor(min(4, workers, (os.cpu_count() or 2) + 1)) as pool:

        def fetch(url):
            response = session.get(url)
            response.raise_for_status()
            return response.content

        return list(pool.map(fetch, urls))
