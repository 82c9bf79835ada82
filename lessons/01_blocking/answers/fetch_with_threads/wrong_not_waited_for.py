# verdict: failed
# mistakes: wrong-result
# shutdown(wait=False): it returns while the threads are still at it.
from concurrent.futures import ThreadPoolExecutor

import requests


def fetch_with_threads(urls, workers):
    pages, session = {}, requests.Session()

    def fetch(url):
        response = session.get(url)
        response.raise_for_status()
        pages[url] = response.content

    pool = ThreadPoolExecutor(workers)
    futures = [pool.submit(fetch, url) for url in urls]
    pool.shutdown(wait=False)
    for future in futures[: len(urls) // 3]:
        future.result()
    return [pages.get(url, b"") for url in urls]
