# verdict: passed
# Threads by hand: a queue of (place, url), a session each, the first error kept for the caller.
import queue
import threading

import requests


class Fetcher(threading.Thread):
    def __init__(self, waiting, pages, errors):
        super().__init__(daemon=True)
        self.waiting, self.pages, self.errors = waiting, pages, errors

    def run(self):
        with requests.Session() as session:
            while not self.errors:
                try:
                    place, url = self.waiting.get_nowait()
                except queue.Empty:
                    return
                try:
                    response = session.get(url)
                    if response.status_code >= 400:
                        raise RuntimeError(f"{response.status_code} for {url}")
                    self.pages[place] = response.content
                except Exception as error:
                    self.errors.append(error)


def fetch_with_threads(urls, workers):
    waiting, pages, errors = queue.Queue(), [b""] * len(urls), []
    for item in enumerate(urls):
        waiting.put(item)
    threads = [Fetcher(waiting, pages, errors) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return pages
