# verdict: failed
# mistakes: threads-instead
# A blocking client in a pool of a hundred threads, used through to_thread: quick, but a thread for each wait.
import asyncio
from concurrent.futures import ThreadPoolExecutor

import urllib3


def fetch(client, url):
    response = client.request("GET", url, retries=False)
    if response.status >= 400:
        raise RuntimeError(f"{url} answered {response.status}")
    return response.data.decode("utf-8")


async def fetch_pages(urls):
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(100))
    with urllib3.PoolManager(maxsize=100) as client:
        return await asyncio.gather(*(asyncio.to_thread(fetch, client, url) for url in urls))
