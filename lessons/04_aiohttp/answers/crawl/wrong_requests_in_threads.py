# verdict: failed
# mistakes: threads-instead
# requests in threads: one for each page on its way.
import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urldefrag, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter

HREF = re.compile(r'<a href="([^"]*)"')


async def crawl(start_url, limit):
    host = urlsplit(start_url).netloc
    loop = asyncio.get_running_loop()
    seen = set()
    session = requests.Session()
    session.mount("http://", HTTPAdapter(pool_connections=1, pool_maxsize=limit))

    def get(url):
        response = session.get(url)
        response.raise_for_status()
        return response.text

    with session, ThreadPoolExecutor(limit) as pool:
        async with asyncio.TaskGroup() as group:

            def follow(url):
                if url not in seen and urlsplit(url).netloc == host:
                    seen.add(url)
                    group.create_task(read(url))

            async def read(url):
                for href in HREF.findall(await loop.run_in_executor(pool, get, url)):
                    follow(urldefrag(urljoin(url, href)).url)

            follow(start_url)
    return seen
