# verdict: failed
# mistakes: threads-instead, too-little-concurrency
# requests in to_thread: a thread for each wait, and only as many at once as the default pool has.
import asyncio

import requests


def fetch(session, url):
    response = session.get(url)
    response.raise_for_status()
    response.encoding = "utf-8"
    return response.text


async def fetch_pages(urls):
    with requests.Session() as session:
        return await asyncio.gather(*(asyncio.to_thread(fetch, session, url) for url in urls))
