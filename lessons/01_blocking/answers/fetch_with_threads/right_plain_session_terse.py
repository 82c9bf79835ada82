# verdict: passed
# comes near: connection-per-request
# A default Session, shared by all: it keeps ten connections and opens a few more than there are workers.
import concurrent.futures as cf

import requests


def fetch_with_threads(urls, workers):
    with requests.Session() as session, cf.ThreadPoolExecutor(max_workers=workers) as pool:
        session.hooks["response"] = lambda response, *_, **__: response.raise_for_status()
        return [response.content for response in pool.map(session.get, urls)]
