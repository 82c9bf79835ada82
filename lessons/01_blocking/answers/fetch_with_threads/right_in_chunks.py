# verdict: passed
# As many pages at a time as there are workers, in one pool: slower where latencies differ, and within what is asked.
from concurrent.futures import ThreadPoolExecutor

import urllib3


def fetch_with_threads(urls, workers):
    pages = []
    manager = urllib3.PoolManager(maxsize=workers, retries=False)

    def fetch(url):
        response = manager.request("GET", url)
        if response.status >= 400:
            raise RuntimeError(f"{url} answered {response.status}")
        return response.data

    with ThreadPoolExecutor(workers) as pool:
        for start in range(0, len(urls), workers):
            pages += pool.map(fetch, urls[start : start + workers])
    return pages
