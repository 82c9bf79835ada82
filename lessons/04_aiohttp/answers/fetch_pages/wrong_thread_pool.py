# verdict: failed
# mistakes: threads-instead
# A pool of a hundred threads with requests, driven from a coroutine.
import asyncio
from concurrent.futures import ThreadPoolExecutor

import requests
from requests.adapters import HTTPAdapter


async def fetch_pages(urls):
    loop = asyncio.get_running_loop()
    with requests.Session() as session, ThreadPoolExecutor(100) as pool:
        session.mount("http://", HTTPAdapter(pool_connections=1, pool_maxsize=100))

        def fetch(url):
            response = session.get(url)
            response.raise_for_status()
            response.encoding = "utf-8"
            return response.text

        return await asyncio.gather(*(loop.run_in_executor(pool, fetch, url) for url in urls))
