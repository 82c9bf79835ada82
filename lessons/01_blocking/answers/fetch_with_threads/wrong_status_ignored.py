# verdict: failed
# mistakes: status-not-checked
# A 404 has a body, too, and nobody asks for its status.
from concurrent.futures import ThreadPoolExecutor

import requests


def fetch_with_threads(urls, workers):
    with requests.Session() as session, ThreadPoolExecutor(workers) as pool:
        return [response.content for response in pool.map(session.get, urls)]
