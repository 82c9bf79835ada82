# verdict: failed
# mistakes: one-at-a-time
# A session and a loop: no threads at all.
import requests


def fetch_with_threads(urls, workers):
    pages = []
    with requests.Session() as session:
        for url in urls:
            response = session.get(url)
            response.raise_for_status()
            pages.append(response.content)
    return pages
