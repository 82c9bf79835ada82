# verdict: failed
# mistakes: thread-per-item
# The semaphore keeps the requests few, and a thread for every page stands in line for it.
import threading

import requests


def fetch_with_threads(urls, workers):
    slots, pages, errors = threading.Semaphore(workers), {}, []
    session = requests.Session()

    def fetch(url):
        with slots:
            try:
                response = session.get(url)
                response.raise_for_status()
                pages[url] = response.content
            except requests.RequestException as error:
                errors.append(error)

    threads = [threading.Thread(target=fetch, args=(url,)) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.close()
    if errors:
        raise errors[0]
    return [pages[url] for url in urls]
