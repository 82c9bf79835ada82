# verdict: failed
# mistakes: swallowed-exception
# The pages are put in their places; the futures, which hold the exceptions, are thrown away.
from concurrent.futures import ThreadPoolExecutor

import requests


def fetch_with_threads(urls, workers):
    pages = [b""] * len(urls)
    with requests.Session() as session, ThreadPoolExecutor(workers) as pool:

        def fetch(place, url):
            response = session.get(url)
            response.raise_for_status()
            pages[place] = response.content

        for place, url in enumerate(urls):
            pool.submit(fetch, place, url)
    return pages
