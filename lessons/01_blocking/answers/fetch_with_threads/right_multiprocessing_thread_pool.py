# verdict: passed
# comes near: thread-per-item
# The older ThreadPool of multiprocessing, which starts three threads of its own beside the workers.
from functools import partial
from multiprocessing.pool import ThreadPool

import requests


def fetch(session, url):
    with session.get(url) as response:
        response.raise_for_status()
        return response.content


def fetch_with_threads(urls, workers):
    with requests.Session() as session, ThreadPool(workers) as pool:
        return pool.map(partial(fetch, session), urls, chunksize=1)
