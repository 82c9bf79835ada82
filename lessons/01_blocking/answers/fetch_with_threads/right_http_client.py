# verdict: passed
# The standard library alone: each worker keeps one connection and takes the next url of a shared iterator.
import http.client
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit


def fetch_with_threads(urls, workers):
    todo, lock, pages = enumerate(urls), threading.Lock(), [None] * len(urls)

    def worker():
        connection = http.client.HTTPConnection(urlsplit(urls[0]).netloc)
        while True:
            with lock:
                place, url = next(todo, (None, None))
            if url is None:
                connection.close()
                return
            connection.request("GET", urlsplit(url).path)
            response = connection.getresponse()
            body = response.read()
            if response.status != 200:
                raise OSError(f"{response.status} {response.reason}: {url}")
            pages[place] = body

    with ThreadPoolExecutor(workers) as pool:
        running = [pool.submit(worker) for _ in range(workers)]
    for each in running:
        each.result()
    return pages
