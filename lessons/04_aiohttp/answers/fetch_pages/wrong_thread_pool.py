# verdict: failed
# mistakes: threads-instead
# requests in a pool of a hundred threads that to_thread is made to use: quick, but a thread for each wait.
import asyncio
from concurrent.futures import ThreadPoolExecutor

import requests
from requests.adapters import HTTPAdapter


def fetch(session, url):
    response = session.get(url)
    response.raise_for_status()
    response.encoding = "utf-8"
    return response.text


async def fetch_pages(urls):
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(100))
    with requests.Session() as session:
        session.mount("http://", HTTPAdapter(pool_connections=1, pool_maxsize=100))
        return await asyncio.gather(*(asyncio.to_thread(fetch, session, url) for url in urls))
