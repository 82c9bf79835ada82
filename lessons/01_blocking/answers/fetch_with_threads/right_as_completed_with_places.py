# verdict: passed
# As they are done, each with its place; what hasn't begun is cancelled when one fails.
from concurrent.futures import ThreadPoolExecutor, as_completed

import requests


def fetch_with_threads(urls, workers):
    pages = {}
    session = requests.Session()
    adapter = requests.adapters.HTTPAdapter(pool_connections=1, pool_maxsize=workers, pool_block=True)
    session.mount("http://", adapter)
    pool = ThreadPoolExecutor(workers)
    try:
        places = {pool.submit(session.get, url): place for place, url in enumerate(urls)}
        for future in as_completed(places):
            response = future.result()
            response.raise_for_status()
            pages[places[future]] = response.content
    finally:
        pool.shutdown(cancel_futures=True)
        session.close()
    return [pages[place] for place in range(len(urls))]
